import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRegistryChecks, RegistryCheck } from '../../../../../src/api/registries/contract.ts';
import { call } from '../../../api/call.ts';
import { Datagrid, type Column } from '../../../ui/datagrid.tsx';
import { StateBadge } from '../../../ui/state-badge.tsx';
import { Empty, Failed } from '../../../ui/states.tsx';
import { When } from '../../../ui/when.tsx';
import { useFormat } from '../../../words/format.ts';
import { REGISTRIES } from '../registries.ts';

const PAGE = 100;

/** What came of the checks of a connection, the last one first. */
export function Checks({ id }: { readonly id: string }) {
  const { t } = useTranslation('registry');
  const list = useInfiniteQuery({
    queryKey: [...REGISTRIES, 'checks', id],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listRegistryChecks>(
        'GET',
        '/api/v1/registries/{id}/checks',
        { id, limit: PAGE, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ checks }) => checks), [list.data]);
  const columns = useColumns();
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('checks.title')}
      columns={columns}
      rows={rows}
      idOf={({ at, trigger }) => `${at} ${trigger}`}
      pages={list}
      empty={<Empty title={t('checks.empty')} />}
    />
  );
}

function useColumns(): readonly Column<RegistryCheck>[] {
  const { t } = useTranslation('registry');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'at', title: t('checks.at'), cell: ({ at }) => <When at={at} /> },
      {
        id: 'outcome',
        title: t('checks.outcome'),
        cell: ({ outcome, message }) => (
          <span title={message}>
            <StateBadge mood={outcome === 'ok' ? 'good' : 'bad'}>
              {outcome === 'ok' ? t('checks.ok') : t(`diagnosis.${outcome}.short`)}
            </StateBadge>
          </span>
        ),
      },
      {
        id: 'milliseconds',
        title: t('checks.took'),
        align: 'end',
        cell: ({ milliseconds }) => t('checks.milliseconds', { number: format.number(Math.round(milliseconds)) }),
      },
      {
        id: 'trigger',
        title: t('checks.trigger'),
        cell: ({ trigger }) => (trigger === 'schedule' ? t('checks.schedule') : trigger),
      },
    ],
    [t, format],
  );
}
