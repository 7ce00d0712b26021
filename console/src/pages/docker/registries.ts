import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type {
  listRegistries,
  listRegistryKinds,
  Registry,
  RegistryKind,
  showRegistry,
} from '../../../../src/api/registries/contract.ts';
import { call } from '../../api/call.ts';
import type { Kind, State } from './registry-names.ts';

export type { Registry, RegistryKind };

/** What may be said of a list of connections: in the address of the page, `''` is anything. */
export interface RegistryFilter {
  readonly q: string;
  readonly state: State | '';
  readonly kind: Kind | '';
  readonly project: string;
}

const PAGE = 200;
/** What a kind is does not change while a server runs. */
const LONG = 600_000;

/** Everything about connections: what is asked anew when one was changed. */
export const REGISTRIES = ['registries'] as const;

export function registriesQuery({ q, state, kind, project }: RegistryFilter) {
  const filter = {
    ...(q !== '' && { search: q }),
    ...(state !== '' && { state }),
    ...(kind !== '' && { kind }),
    ...(project !== '' && { project }),
  };
  return infiniteQueryOptions({
    queryKey: [...REGISTRIES, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listRegistries>('GET', '/api/v1/registries', { limit: PAGE, after: pageParam, ...filter }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function registryQuery(id: string) {
  return queryOptions({
    queryKey: [...REGISTRIES, 'one', id],
    queryFn: async ({ signal }) =>
      (await call<typeof showRegistry>('GET', '/api/v1/registries/{id}', { id }, signal)).registry,
  });
}

/** @param url what kind is asked for, too; `''`: of none. */
export function kindsQuery(url = '') {
  return queryOptions({
    queryKey: ['registry-kinds', url],
    queryFn: ({ signal }) =>
      call<typeof listRegistryKinds>('GET', '/api/v1/registry-kinds', url === '' ? {} : { url }, signal),
    staleTime: LONG,
    // What is half typed is no URL.
    retry: false,
  });
}
