import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Repository } from '../../../../src/api/repositories/contract.ts';
import type { listTags } from '../../../../src/api/tags/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid, type Sorting } from '../../ui/datagrid.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { useSelection } from '../../ui/selection.ts';
import { Empty, Failed } from '../../ui/states.tsx';
import { DeleteTags } from './delete-tags.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { useTagColumns } from './tag-columns.tsx';

const PAGE = 200;
const route = getRouteApi('/repositories/$');

/** The tags of a repository, however many: the server finds, sorts and pages them. */
export function TagsGrid({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation('repository');
  const { name } = repository;
  const { q, sort, direction } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['tags', name, q, sort, direction],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listTags>(
        'GET',
        '/api/v1/repositories/{repository}/tags',
        { repository: name, limit: PAGE, q, sort, direction, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ tags }) => tags), [list.data]);
  const order = useMemo(() => rows?.map((tag) => tag.name) ?? [], [rows]);
  const selection = useSelection(order);
  const [doomed, setDoomed] = useState<readonly string[]>([]);
  const mayDelete = repository.actions.includes('delete');
  const columns = useTagColumns({ repository: name, mayDelete, onToggle: selection.toggle, onDelete: setDoomed });
  const filter = useCallback(
    (text: string) => void navigate({ search: (now) => ({ ...now, q: text }), replace: true }),
    [navigate],
  );
  const sortBy = ({ by, direction: wanted }: Sorting) =>
    void navigate({ search: (now) => ({ ...now, sort: by as typeof sort, direction: wanted }), replace: true });
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <FilterInput label={t('filter')} value={q} onChange={filter} />
      <Datagrid
        label={t('tagsOf', { name })}
        columns={columns}
        rows={rows}
        idOf={(tag) => tag.name}
        total={list.data?.pages[0]?.total ?? undefined}
        sorting={{ by: sort, direction }}
        onSort={sortBy}
        selected={selection.selected}
        onEnd={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
        empty={<Empty title={q === '' ? t('noTags') : t('noneFound', { q })} />}
      />
      {selection.selected.size > 0 && (
        <SelectionBar
          count={selection.selected.size}
          onClear={selection.clear}
          onDelete={() => setDoomed([...selection.selected])}
        />
      )}
      {doomed.length > 0 && (
        <DeleteTags
          repository={name}
          tags={doomed}
          onClose={() => {
            setDoomed([]);
            selection.clear();
          }}
        />
      )}
    </>
  );
}
