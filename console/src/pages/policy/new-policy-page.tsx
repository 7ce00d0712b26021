import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { addPolicy } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { notify } from '../../ui/notify.tsx';
import { Page } from '../../ui/page.tsx';
import { PolicyForm } from './policy-form.tsx';
import { inputOf, newPolicyValues, type PolicyValues } from './policy-values.ts';

export function NewPolicyPage() {
  const { t } = useTranslation('policy');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [initial] = useState(newPolicyValues);
  const save = async (values: PolicyValues): Promise<void> => {
    const { policy } = await call<typeof addPolicy>('POST', '/api/v1/policies', inputOf(values));
    await queries.invalidateQueries({ queryKey: ['policies'] });
    await navigate({ to: '/policies/$name', params: { name: policy.name } });
    notify(t('created', { name: policy.name }));
  };
  const above = (
    <Crumbs here={t('new')}>
      <li>
        <Link to="/policies">{t('policies')}</Link>
      </li>
    </Crumbs>
  );
  return (
    <Page title={t('new')} above={above}>
      <PolicyForm initial={initial} isNew verb={t('create')} onSave={save} />
    </Page>
  );
}
