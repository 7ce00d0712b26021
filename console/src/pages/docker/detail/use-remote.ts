import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

/** What other registries said. Not among what is said of connections, which is asked anew whenever one was changed. */
const REMOTE = ['remote-registries'] as const;

/** Another registry counts what it is asked: it is asked once, and again when somebody says so. */
const ASKED_ONCE = {
  staleTime: Infinity,
  retry: false,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;

interface Asked {
  /** Also where the server has heard the same a moment ago. */
  readonly refresh: boolean;
  readonly signal: AbortSignal;
}

interface AskedPage extends Asked {
  readonly after: string | undefined;
}

/** @param key of what: the id of a connection, and what of it. */
export function useRemote<Answer>(key: readonly string[], ask: (asked: Asked) => Promise<Answer>) {
  const queries = useQueryClient();
  const options = { ...ASKED_ONCE, queryKey: [...REMOTE, ...key] };
  const answer = useQuery({ ...options, queryFn: ({ signal }) => ask({ refresh: false, signal }) });
  const refresh = (): void =>
    seen(queries.query({ ...options, staleTime: 0, queryFn: ({ signal }) => ask({ refresh: true, signal }) }));
  return { answer, refresh };
}

/** A list that comes page by page; refreshing it asks for the first one alone. */
export function useRemotePages<Page extends { readonly next: string | null }>(
  key: readonly string[],
  ask: (asked: AskedPage) => Promise<Page>,
) {
  const queries = useQueryClient();
  const options = {
    ...ASKED_ONCE,
    queryKey: [...REMOTE, ...key],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }: Page) => next ?? undefined,
  };
  const list = useInfiniteQuery({
    ...options,
    queryFn: ({ pageParam, signal }) => ask({ after: pageParam, refresh: false, signal }),
  });
  const refresh = (): void =>
    seen(
      queries.infiniteQuery({
        ...options,
        staleTime: 0,
        pages: 1,
        queryFn: ({ pageParam, signal }) => ask({ after: pageParam, refresh: true, signal }),
      }),
    );
  return { list, refresh };
}

/** Of a connection that leads elsewhere, or in as somebody else. */
export function forgetRemote(queries: QueryClient, id: string): void {
  queries.removeQueries({ queryKey: [...REMOTE, id] });
}

/** Whoever shows the answer shows the failure, too. */
function seen(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
