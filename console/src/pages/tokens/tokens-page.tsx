import { Button, Text } from '@ovhcloud/ods-react';
import { Plus } from 'lucide-react';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/session.ts';
import { OneOf } from '../../ui/options.tsx';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { Page } from '../../ui/page.tsx';
import { Forbidden } from '../../ui/states.tsx';
import { CreateToken } from './create-token.tsx';
import { TokenList } from './token-list.tsx';
import css from './tokens-page.module.css';

const route = getRouteApi('/tokens');

/** Passwords for machines. */
export function TokensPage() {
  // All words at once: a page that waits for more is taken away meanwhile, and the focus with it.
  const { t } = useTranslation(['tokens', 'rights']);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isAllowed = useMay()('manage-tokens');
  const open = (add: typeof search.add): void => void navigate({ search: (now) => ({ ...now, add }), replace: true });
  const filter = useCallback(
    (q: string) => void navigate({ search: (now) => ({ ...now, q }), replace: true }),
    [navigate],
  );
  if (!isAllowed) {
    return (
      <Page title={t('title')} above={<DashboardTabs />}>
        <Forbidden>{t('forbidden')}</Forbidden>
      </Page>
    );
  }
  return (
    <Page
      title={t('title')}
      above={<DashboardTabs />}
      actions={
        <Button onClick={() => open('token')}>
          <Plus size={16} aria-hidden /> {t('create.action')}
        </Button>
      }
    >
      <Text>{t('lead')}</Text>
      <div className={css['tools']}>
        <FilterInput label={t('filter')} value={search.q} onChange={filter} />
        <OneOf
          label={t('column.state')}
          options={(['all', 'active', 'expired', 'revoked'] as const).map((value) => ({
            value,
            text: t(`show.${value}`),
          }))}
          value={search.state}
          onChange={(state) => void navigate({ search: (now) => ({ ...now, state }), replace: true })}
        />
      </div>
      <TokenList />
      {search.add === 'token' && <CreateToken onClose={() => open('')} />}
    </Page>
  );
}
