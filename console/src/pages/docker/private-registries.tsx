import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRegistries } from '../../../../src/api/registries/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';

type Registry = OutputOf<typeof listRegistries>['registries'][number];

const PAGE = 200;

export function PrivateRegistries() {
  const { t } = useTranslation('docker');
  const list = useInfiniteQuery({
    queryKey: ['registries'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listRegistries>('GET', '/api/v1/registries', { limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ registries }) => registries), [list.data]);
  const columns = useColumns();
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('private.title')}
      columns={columns}
      rows={rows}
      idOf={({ id }) => id}
      onEnd={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
      empty={
        <Empty title={t('private.empty')}>
          <p>{t('private.emptyLead')}</p>
        </Empty>
      }
    />
  );
}

function useColumns(): readonly Column<Registry>[] {
  const { t } = useTranslation('docker');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'id', title: t('column.id'), cell: ({ id }) => <code>{id}</code> },
      { id: 'region', title: t('column.region'), cell: ({ region }) => region ?? '' },
      { id: 'url', title: t('column.url'), cell: ({ url }) => url },
      { id: 'username', title: t('column.username'), cell: ({ username }) => username },
      { id: 'addedBy', title: t('column.addedBy'), cell: ({ addedBy }) => addedBy },
      { id: 'date', title: t('column.date'), cell: ({ createdAt }) => format.date(createdAt) },
    ],
    [t, format],
  );
}
