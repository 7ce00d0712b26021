import type { Grant as RecordedGrant } from '../../auth/accounts/grants.ts';
import { ANONYMOUS, AUTHENTICATED_ID, htpasswdUserId } from '../../auth/principal.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { addGrant, listGrants, removeGrant, type Grant, type Grantee } from './contract.ts';

type GrantParts = Pick<AdminParts, 'grants' | 'users' | 'htpasswd'>;

export function grantEndpoints(parts: GrantParts): readonly Endpoint[] {
  const { grants } = parts;
  return [
    endpoint(listGrants, async ({ limit, after }) => {
      const found = await grants.listAfter(idOf(after), limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { grants: shown.map(grantOf), next: found.length > limit && last !== undefined ? `${last.id}` : null };
    }),
    endpoint(addGrant, async ({ to, pattern, actions }, { actor }) => {
      return { grant: grantOf(await grants.add(await principalOf(to, parts), { pattern, actions }, actor)) };
    }),
    endpoint(removeGrant, async ({ id }, { actor }) => {
      await grants.remove(id, actor);
      return { id };
    }),
  ];
}

/** Where a page begins. */
function idOf(after: string | undefined): number {
  if (after === undefined) return 0;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new ProblemError(400, 'INPUT_INVALID', 'after: take it from `next` of the page before.');
}

/** As {@link Grants.add} reads it. */
export async function principalOf(to: Grantee, parts: Pick<AdminParts, 'users' | 'htpasswd'>): Promise<string> {
  switch (to.kind) {
    case 'everybody':
      return ANONYMOUS.id;
    case 'signed-in':
      return AUTHENTICATED_ID;
    case 'htpasswd':
      return htpasswdUserId(to.name);
    case 'token':
      return `token:${to.name}`;
    case 'user':
      return (await isInHtpasswdOnly(to.name, parts)) ? htpasswdUserId(to.name) : `user:${to.name}`;
  }
}

/** Whoever grants something to a user need not know where the password is kept. */
async function isInHtpasswdOnly(
  name: string,
  { users, htpasswd }: Pick<AdminParts, 'users' | 'htpasswd'>,
): Promise<boolean> {
  if (htpasswd.find(name) === undefined) return false;
  return !(await users.list()).some((user) => user.name === name);
}

function grantOf({ id, principal, pattern, actions, createdAt }: RecordedGrant): Grant {
  return { id, to: granteeOf(principal), pattern, actions: [...actions], createdAt: createdAt.toISOString() };
}

function granteeOf({ kind, name }: RecordedGrant['principal']): Grantee {
  if (kind === 'anonymous') return { kind: 'everybody' };
  return kind === 'authenticated' ? { kind: 'signed-in' } : { kind, name };
}
