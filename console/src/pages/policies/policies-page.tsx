import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { listPolicies } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { useMaySomewhere } from '../../app/session.ts';
import button from '../../ui/button-link.module.css';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { PolicyWindow, type PolicyWork } from '../policy/policy-window.tsx';
import { usePolicyColumns } from './policy-columns.tsx';

const PAGE = 200;

/** What cleans up by itself: here and at connected registries. */
export function PoliciesPage() {
  const { t } = useTranslation('policies');
  const mayManage = useMaySomewhere()('manage-policies');
  const [work, setWork] = useState<PolicyWork>();
  const list = useInfiniteQuery({
    queryKey: ['policies'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listPolicies>('GET', '/api/v1/policies', { limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ policies }) => policies), [list.data]);
  const columns = usePolicyColumns(setWork);
  const adding = mayManage && (
    <Link to="/policies/new" className={button['button']}>
      <Plus size={16} aria-hidden /> {t('new')}
    </Link>
  );
  return (
    <Page title={t('title')} actions={adding}>
      <p>{t('lead')}</p>
      {list.isLoadingError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Datagrid
          label={t('title')}
          columns={columns}
          rows={rows}
          idOf={({ name }) => name}
          pages={list}
          empty={
            <Empty title={t('empty')}>
              <p>{t('emptyLead')}</p>
              <p>{adding}</p>
            </Empty>
          }
        />
      )}
      {work !== undefined && <PolicyWindow work={work} onClose={() => setWork(undefined)} />}
    </Page>
  );
}
