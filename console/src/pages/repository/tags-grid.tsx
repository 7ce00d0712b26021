import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Repository } from '../../../../src/api/repositories/contract.ts';
import type { listTags } from '../../../../src/api/tags/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid, type Sorting } from '../../ui/datagrid.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { SelectionBar } from '../../ui/selection-bar.tsx';
import { useSelection } from '../../ui/selection.ts';
import { Empty, Failed } from '../../ui/states.tsx';
import { CompareButton } from './compare-button.tsx';
import { DeleteTags } from './delete-tags.tsx';
import { useTagColumns } from './tag-columns.tsx';

const PAGE = 200;
const route = getRouteApi('/repositories/$');

interface TagsGridProps {
  readonly repository: Repository;
  readonly mayDelete: boolean;
}

/** The tags of a repository, however many: the server finds, sorts and pages them. */
export function TagsGrid({ repository, mayDelete }: TagsGridProps) {
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
  // As they stand in the list.
  const chosen = order.filter((tag) => selection.selected.has(tag));
  const columns = useTagColumns({ repository: name, mayDelete, onToggle: selection.toggle, onDelete: setDoomed });
  const filter = useCallback(
    (text: string) => void navigate({ search: (now) => ({ ...now, q: text }), replace: true }),
    [navigate],
  );
  const sortBy = ({ by, direction: wanted }: Sorting) =>
    void navigate({ search: (now) => ({ ...now, sort: by as typeof sort, direction: wanted }), replace: true });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
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
        pages={list}
        empty={<Empty title={q === '' ? t('noTags') : t('noneFound', { q })} />}
      />
      {chosen.length > 0 && (
        <SelectionBar
          label={t('selection.label')}
          text={t('selection.count', { count: chosen.length })}
          clear={t('selection.clear')}
          onClear={selection.clear}
        >
          {chosen.length === 2 && <CompareButton repository={name} tags={chosen} />}
          {mayDelete && (
            <Button size="sm" color="critical" onClick={() => setDoomed(chosen)}>
              <Trash2 size={16} aria-hidden /> {t('selection.delete')}
            </Button>
          )}
        </SelectionBar>
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
