import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listPlanItems } from '../../../../src/api/plans/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useItemColumns } from './item-columns.tsx';

const PAGE = 200;

/** All items of a plan: what goes, in its order, then what stays. */
export function PlanItems({ id, isHere }: { readonly id: string; readonly isHere: boolean }) {
  const { t } = useTranslation('plan');
  const list = useInfiniteQuery({
    queryKey: ['plan', id, 'items'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listPlanItems>('GET', '/api/v1/plans/{id}/items', { id, limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ items }) => items), [list.data]);
  const columns = useItemColumns(isHere);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('items.title')}
      columns={columns}
      rows={rows}
      idOf={({ position }) => String(position)}
      pages={list}
      empty={<Empty title={t('items.none')} />}
    />
  );
}
