import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { listRepositoryTrash } from '../../../../src/api/repositories/contract.ts';
import type { listTrash } from '../../../../src/api/trash/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';

const PAGE = 200;

/** What the address says of the list. */
export interface TrashSearch {
  readonly q: string;
  readonly by: string;
  readonly kind: '' | 'tag' | 'manifest' | 'repository';
  readonly repository: string;
  readonly plan: string;
}

type TrashPage = OutputOf<typeof listTrash>;

/** @param isWhole of all repositories: whoever may not see those sees that of one in which they may delete. */
export function useTrash(search: TrashSearch, isWhole: boolean) {
  const list = useInfiniteQuery({
    queryKey: ['trash', 'list', isWhole, search],
    queryFn: ({ pageParam, signal }) => trashPage(search, { isWhole, after: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ entries }) => entries), [list.data]);
  return { list, rows };
}

interface Asked {
  readonly isWhole: boolean;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

function trashPage(search: TrashSearch, { isWhole, after, signal }: Asked): Promise<TrashPage> {
  const { repository, q, by, kind, plan } = search;
  const page = { limit: PAGE, after };
  if (!isWhole) {
    const path = '/api/v1/repositories/{repository}/trash';
    return call<typeof listRepositoryTrash>('GET', path, { ...page, repository }, signal);
  }
  const narrowed = {
    ...page,
    ...(repository !== '' && { repository }),
    ...(q !== '' && { q }),
    ...(by !== '' && { deletedBy: by }),
    ...(kind !== '' && { kind }),
    ...(plan !== '' && { planId: plan }),
  };
  return call<typeof listTrash>('GET', '/api/v1/trash', narrowed, signal);
}

/** What is back, or gone for good, is seen wherever it is listed. */
export function useTrashChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    const changed = ['trash', 'repositories', 'repository', 'tags', 'sizes'];
    await Promise.all(changed.map((name) => queries.invalidateQueries({ queryKey: [name] })));
  }, [queries]);
}
