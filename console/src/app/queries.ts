import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '../api/problem.ts';

/** Tried again: what may pass by itself. */
const TRIES = 2;

/** What was asked of the server, and its answers, while they are fresh. */
export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // The session has ended: the page that asks who is here shows the login.
      if (error instanceof ApiProblem && error.status === 401)
        void queries.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < TRIES && mayPass(error),
    },
  },
});

function mayPass(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 503);
}
