import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '../api/problem.ts';

/** Tried again: what may pass by itself. */
const TRIES = 2;

/** The session has ended: the page that asks who is here shows the login. */
function noticeEnd(error: Error): void {
  if (error instanceof ApiProblem && error.status === 401) void queries.invalidateQueries({ queryKey: SESSION });
}

/** Of {@link sessionQuery}. */
export const SESSION = ['session'] as const;

/** What was asked of the server, and its answers, while they are fresh. */
export const queries = new QueryClient({
  queryCache: new QueryCache({
    // Asked again at once, a server that refuses to say who is here would be asked for ever.
    onError: (error, { queryKey }) => queryKey[0] !== SESSION[0] && noticeEnd(error),
  }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < TRIES && mayPass(error),
    },
  },
});

/** Nothing that was shown to one is left for the next. */
export function forgetAllButSession(): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
  queries.getMutationCache().clear();
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 503);
}
