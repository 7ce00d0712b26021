import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRemoteTags, RemoteTag } from '../../../../../src/api/browsing/contract.ts';
import { call } from '../../../api/call.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Datagrid, type Column } from '../../../ui/datagrid.tsx';
import { Digest } from '../../../ui/digest.tsx';
import { Empty, Failed } from '../../../ui/states.tsx';
import { When } from '../../../ui/when.tsx';
import { useFormat } from '../../../words/format.ts';
import type { Registry } from '../registries.ts';
import { Budget } from './budget.tsx';
import { pullCommand } from './pull-command.ts';
import { RefreshButton } from './refresh-button.tsx';
import { RemoteSearch } from './remote-search.tsx';
import css from './remote.module.css';
import { useRemotePages } from './use-remote.ts';

const PAGE = 100;
const route = getRouteApi('/docker/$id');

interface RemoteTagsProps {
  readonly registry: Registry;
  readonly repository: string;
}

export function RemoteTags({ registry, repository }: RemoteTagsProps) {
  const { t } = useTranslation('registry');
  const { q } = route.useSearch();
  const { id } = registry;
  const { list, refresh } = useRemotePages([id, 'tags', repository, q], ({ after, refresh: isAnew, signal }) =>
    call<typeof listRemoteTags>(
      'GET',
      '/api/v1/registries/{id}/tags',
      { id, repository, limit: PAGE, after, search: q, refresh: isAnew },
      signal,
    ),
  );
  const rows = useMemo(() => list.data?.pages.flatMap(({ tags }) => tags), [list.data]);
  const columns = useColumns(registry, repository);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={refresh} />;
  return (
    <>
      <Budget gauge={list.data?.pages.at(-1)?.gauge} />
      <div className={css['tools']}>
        <RemoteSearch label={t('remote.searchTags')} />
        <RefreshButton isBusy={list.isFetching} onRefresh={refresh} />
      </div>
      {list.isRefetchError && <Failed error={list.error} onRetry={refresh} />}
      <Datagrid
        label={t('remote.tagsOf', { repository })}
        columns={columns}
        rows={rows}
        idOf={({ name }) => name}
        pages={list}
        empty={<Empty title={q === '' ? t('remote.noTags') : t('remote.noneFound')} />}
      />
    </>
  );
}

function useColumns(registry: Registry, repository: string): readonly Column<RemoteTag>[] {
  const { t } = useTranslation('registry');
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('remote.tag'),
        cell: ({ name }) => (
          <Link to="/docker/$id" params={{ id: registry.id }} search={{ repository, reference: name }}>
            {name}
          </Link>
        ),
      },
      {
        id: 'digest',
        title: t('remote.digest'),
        cell: ({ digest }) => digest !== null && <Digest digest={digest} />,
      },
      {
        id: 'bytes',
        title: t('remote.size'),
        align: 'end',
        cell: ({ bytes }) => (bytes === null ? '' : format.bytes(bytes)),
      },
      {
        id: 'platforms',
        title: t('remote.platforms'),
        cell: ({ platforms }) => platforms?.map(({ platform }) => platform).join(', ') ?? '',
      },
      { id: 'pushed', title: t('remote.pushed'), cell: ({ pushedAt }) => pushedAt !== null && <When at={pushedAt} /> },
      {
        id: 'pull',
        title: t('remote.pull'),
        cell: ({ name }) => {
          const command = pullCommand(registry, repository, name);
          return <CopyButton text={command} label={command} />;
        },
      },
    ],
    [t, format, registry, repository],
  );
}
