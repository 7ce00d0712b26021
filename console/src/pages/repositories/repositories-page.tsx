import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRepositories } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid, type Sorting } from '../../ui/datagrid.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { FirstSteps } from '../overview/first-steps.tsx';
import { useRepositoryColumns } from './repository-columns.tsx';

const PAGE = 200;
const route = getRouteApi('/repositories/');

export function RepositoriesPage() {
  const { t } = useTranslation('repositories');
  const { q, sort, direction } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['repositories', q, sort, direction],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listRepositories>(
        'GET',
        '/api/v1/repositories',
        { limit: PAGE, q, sort, direction, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ repositories }) => repositories), [list.data]);
  const columns = useRepositoryColumns();
  const filter = useCallback(
    (text: string) => void navigate({ search: (now) => ({ ...now, q: text }), replace: true }),
    [navigate],
  );
  const order = ({ by, direction: wanted }: Sorting) =>
    void navigate({ search: (now) => ({ ...now, sort: by as typeof sort, direction: wanted }), replace: true });
  const isPartial = list.data?.pages.some(({ isComplete }) => !isComplete) === true;
  return (
    <Page title={t('title')}>
      <FilterInput label={t('filter')} value={q} onChange={filter} />
      {isPartial && <p>{t('partial')}</p>}
      {list.isLoadingError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Datagrid
          label={t('title')}
          columns={columns}
          rows={rows}
          idOf={({ name }) => name}
          sorting={{ by: sort, direction }}
          onSort={order}
          pages={list}
          empty={q === '' ? <FirstSteps /> : <Empty title={t('noneFound', { q })} />}
        />
      )}
    </Page>
  );
}
