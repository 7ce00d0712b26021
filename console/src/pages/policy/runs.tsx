import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listPolicyRuns, PolicyRunReply } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import { useFormat } from '../../words/format.ts';
import { RunOutcome, RunState } from '../policies/last-run.tsx';

const PAGE = 50;

/** What a policy did so far, the newest run first. */
export function Runs({ name }: { readonly name: string }) {
  const { t } = useTranslation('policy');
  const list = useInfiniteQuery({
    queryKey: ['policy', name, 'runs'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listPolicyRuns>(
        'GET',
        '/api/v1/policies/{name}/runs',
        { name, limit: PAGE, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ runs }) => runs), [list.data]);
  const columns = useRunColumns();
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('runs.title')}
      columns={columns}
      rows={rows}
      idOf={({ id }) => String(id)}
      pages={list}
      empty={
        <Empty title={t('runs.none')}>
          <p>{t('runs.noneLead')}</p>
        </Empty>
      }
    />
  );
}

function useRunColumns(): readonly Column<PolicyRunReply>[] {
  const { t } = useTranslation('policy');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'state', title: t('runs.state'), cell: (run) => <RunState run={run} /> },
      { id: 'started', title: t('runs.started'), cell: ({ startedAt }) => <When at={startedAt} /> },
      {
        id: 'by',
        title: t('runs.by'),
        cell: ({ trigger }) => (trigger === 'schedule' ? t('runs.schedule') : trigger),
      },
      { id: 'outcome', title: t('runs.outcome'), cell: (run) => <RunOutcome run={run} /> },
      {
        id: 'freed',
        title: t('runs.freed'),
        align: 'end',
        cell: ({ summary }) => (summary === null ? '' : format.bytes(summary.freedBytes)),
      },
      {
        id: 'plan',
        title: t('runs.plan'),
        cell: ({ planId }) =>
          planId !== null && (
            <Link to="/plans/$id" params={{ id: planId }}>
              {t('runs.look')}
            </Link>
          ),
      },
    ],
    [t, format],
  );
}
