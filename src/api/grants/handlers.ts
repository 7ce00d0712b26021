import type { Grant as RecordedGrant } from '../../auth/accounts/grants.ts';
import { ANONYMOUS, AUTHENTICATED_ID, htpasswdUserId } from '../../auth/principal.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { addGrant, listGrants, removeGrant, type Grant, type Grantee } from './contract.ts';

type GrantParts = Pick<AdminParts, 'grants' | 'users' | 'htpasswd'>;

export function grantEndpoints(parts: GrantParts): readonly Endpoint[] {
  const { grants } = parts;
  return [
    endpoint(listGrants, async () => ({ grants: (await grants.list()).map(grantOf) })),
    endpoint(addGrant, async ({ to, pattern, actions }, { actor }) => {
      return { grant: grantOf(await grants.add(await principalOf(to, parts), { pattern, actions }, actor)) };
    }),
    endpoint(removeGrant, async ({ id }, { actor }) => {
      await grants.remove(id, actor);
      return { id };
    }),
  ];
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
