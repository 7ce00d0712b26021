import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRemoteRepositories, RemoteRepository } from '../../../../../src/api/browsing/contract.ts';
import { call } from '../../../api/call.ts';
import { Datagrid, type Column } from '../../../ui/datagrid.tsx';
import { Empty, Failed } from '../../../ui/states.tsx';
import { When } from '../../../ui/when.tsx';
import { useFormat } from '../../../words/format.ts';
import { REGISTRIES, type Registry } from '../registries.ts';
import { Budget } from './budget.tsx';
import { RemoteSearch } from './remote-search.tsx';

const PAGE = 100;
const route = getRouteApi('/docker/$id');

/** What is there, as that registry tells it. */
export function RemoteRepositories({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry');
  const { q } = route.useSearch();
  const { id } = registry;
  const list = useInfiniteQuery({
    queryKey: [...REGISTRIES, 'repositories', id, q],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listRemoteRepositories>(
        'GET',
        '/api/v1/registries/{id}/repositories',
        { id, limit: PAGE, after: pageParam, search: q },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    retry: false,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ repositories }) => repositories), [list.data]);
  const columns = useColumns(id);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <Budget gauge={list.data?.pages.at(-1)?.gauge} />
      <RemoteSearch label={t('remote.searchRepositories')} />
      <Datagrid
        label={t('remote.repositories')}
        columns={columns}
        rows={rows}
        idOf={({ name }) => name}
        pages={list}
        empty={<Empty title={q === '' ? t('remote.noRepositories') : t('remote.noneFound')} />}
      />
    </>
  );
}

function useColumns(id: string): readonly Column<RemoteRepository>[] {
  const { t } = useTranslation('registry');
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('remote.name'),
        cell: ({ name }) => (
          <Link to="/docker/$id" params={{ id }} search={{ repository: name }}>
            {name}
          </Link>
        ),
      },
      {
        id: 'tags',
        title: t('remote.tags'),
        align: 'end',
        cell: ({ tags }) => (tags === null ? '' : format.number(tags)),
      },
      {
        id: 'bytes',
        title: t('remote.size'),
        align: 'end',
        cell: ({ bytes }) => (bytes === null ? '' : format.bytes(bytes)),
      },
      { id: 'pushed', title: t('remote.pushed'), cell: ({ pushedAt }) => pushedAt !== null && <When at={pushedAt} /> },
      { id: 'pulled', title: t('remote.pulled'), cell: ({ pulledAt }) => pulledAt !== null && <When at={pulledAt} /> },
    ],
    [t, format, id],
  );
}
