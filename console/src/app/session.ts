import { useQuery, useSuspenseQuery, queryOptions } from '@tanstack/react-query';
import type { Ability } from '../../../src/api/contract.ts';
import type { showSession } from '../../../src/api/session/contract.ts';
import { call, type OutputOf } from '../api/call.ts';
import { forgetAllButSession, queries, SESSION } from './queries.ts';

export type Session = OutputOf<typeof showSession>;

/** Who is here, and where: the server answers nobody, too. */
export const sessionQuery = queryOptions({
  queryKey: SESSION,
  queryFn: async ({ signal }) => {
    const session = await call<typeof showSession>('GET', '/api/v1/session', {}, signal);
    const before = queries.getQueryData<Session>(SESSION)?.account?.name;
    // Somebody else logged in, here or in another tab.
    if (before !== undefined && before !== session.account?.name) forgetAllButSession();
    return session;
  },
  staleTime: 60_000,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** What may not be done is not offered. */
export function useMay(): (ability: Ability) => boolean {
  const { data } = useQuery(sessionQuery);
  const abilities = new Set<string>(data?.account?.abilities);
  return (ability) => abilities.has(ability);
}

/** Likewise, of what may be allowed in some repositories or projects alone: whether it is in any. */
export function useMaySomewhere(): (ability: Ability) => boolean {
  const { data } = useQuery(sessionQuery);
  const { abilities = [], grants = [] } = data?.account ?? {};
  const somewhere = new Set<string>([...abilities, ...grants.flatMap((grant) => grant.abilities)]);
  return (ability) => somewhere.has(ability);
}

/** Whether there is anything to delete with: clients may be forbidden to, and administrators are not. */
export function useIsDeletionOffered(): boolean {
  const { account, instance } = useSession();
  return instance.isDeletionEnabled || account?.isAdministrator === true;
}
