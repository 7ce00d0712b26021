import { queryOptions } from '@tanstack/react-query';
import type { listGrants } from '../../../src/api/grants/contract.ts';
import type { listTokens } from '../../../src/api/tokens/contract.ts';
import type { listUsers } from '../../../src/api/users/contract.ts';
import { allPages } from '../api/all-pages.ts';
import { call, type OutputOf } from '../api/call.ts';

export type Token = OutputOf<typeof listTokens>['tokens'][number];
export type User = OutputOf<typeof listUsers>['users'][number];
export type Grant = OutputOf<typeof listGrants>['grants'][number];

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) =>
    allPages(
      (page) => call<typeof listTokens>('GET', '/api/v1/tokens', page, signal),
      ({ tokens }) => tokens,
    ),
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) =>
    allPages(
      (page) => call<typeof listUsers>('GET', '/api/v1/users', page, signal),
      ({ users }) => users,
    ),
});

export const grantsQuery = queryOptions({
  queryKey: ['grants'],
  queryFn: ({ signal }) =>
    allPages(
      (page) => call<typeof listGrants>('GET', '/api/v1/grants', page, signal),
      ({ grants }) => grants,
    ),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;

/** Whether the server can take it for a new user or token. It may still refuse it. */
export function isAccountName(name: string): boolean {
  return NAME.test(name);
}
