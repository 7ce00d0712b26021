import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRemoteRepositories, RemoteRepository } from '../../../../../src/api/browsing/contract.ts';
import { call } from '../../../api/call.ts';
import { Datagrid, type Column } from '../../../ui/datagrid.tsx';
import { Empty, Failed } from '../../../ui/states.tsx';
import { When } from '../../../ui/when.tsx';
import { useFormat } from '../../../words/format.ts';
import type { Registry } from '../registries.ts';
import { Budget } from './budget.tsx';
import { RefreshButton } from './refresh-button.tsx';
import { RemoteSearch } from './remote-search.tsx';
import css from './remote.module.css';
import { useRemotePages } from './use-remote.ts';

const PAGE = 100;
const route = getRouteApi('/docker/$id');

/** What is there, as that registry tells it. */
export function RemoteRepositories({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry');
  const { q } = route.useSearch();
  const { id } = registry;
  const { list, refresh } = useRemotePages([id, 'repositories', q], ({ after, refresh: isAnew, signal }) =>
    call<typeof listRemoteRepositories>(
      'GET',
      '/api/v1/registries/{id}/repositories',
      { id, limit: PAGE, after, search: q, refresh: isAnew },
      signal,
    ),
  );
  const rows = useMemo(() => list.data?.pages.flatMap(({ repositories }) => repositories), [list.data]);
  const columns = useColumns(id);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={refresh} />;
  return (
    <>
      <Budget gauge={list.data?.pages.at(-1)?.gauge} />
      <div className={css['tools']}>
        <RemoteSearch label={t('remote.searchRepositories')} />
        <RefreshButton isBusy={list.isFetching} onRefresh={refresh} />
      </div>
      {list.isRefetchError && <Failed error={list.error} onRetry={refresh} />}
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
