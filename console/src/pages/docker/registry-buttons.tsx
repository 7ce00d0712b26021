import { Button } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { listRegistries } from '../../../../src/api/registries/contract.ts';
import { call } from '../../api/call.ts';
import { useMaySomewhere } from '../../app/session.ts';
import { REGISTRIES } from './registries.ts';
import css from './private-registries.module.css';

const MANAGED = 'ovh-managed';

/** What the page leads to: the managed registries, or how to have the first one, and the form. */
export function RegistryButtons() {
  const { t } = useTranslation('docker');
  const navigate = useNavigate();
  const mayAdd = useMaySomewhere()('manage-registries');
  const { data } = useQuery({
    queryKey: [...REGISTRIES, 'managed'],
    queryFn: ({ signal }) =>
      call<typeof listRegistries>('GET', '/api/v1/registries', { kind: MANAGED, limit: 1 }, signal),
    retry: false,
  });
  const hasManaged = (data?.registries.length ?? 0) > 0;
  const manage = (): void => {
    if (hasManaged || !mayAdd) void navigate({ to: '/docker', search: { kind: MANAGED } });
    else void navigate({ to: '/docker/new', search: { kind: MANAGED } });
  };
  return (
    <div className={css['buttons']}>
      <Button onClick={manage}>{t('private.manage')}</Button>
      {mayAdd && (
        <Button variant="outline" onClick={() => void navigate({ to: '/docker/new' })}>
          <Plus size={16} aria-hidden /> {t('private.add')}
        </Button>
      )}
    </div>
  );
}
