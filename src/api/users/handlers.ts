import { AccountUnknownError } from '../../auth/accounts/account-errors.ts';
import type { User as Account } from '../../auth/accounts/users.ts';
import { htpasswdUserId } from '../../auth/principal.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { addUser, listRulesOfUser, listUsers, removeUser, setPassword, type User } from './contract.ts';

type UserParts = Pick<AdminParts, 'users' | 'htpasswd' | 'rulesOf'>;

export function userEndpoints(parts: UserParts): readonly Endpoint[] {
  const { users, htpasswd, rulesOf } = parts;
  return [
    endpoint(listUsers, async ({ limit, after = '' }) => {
      const ours = (await users.listAfter(after, limit + 1)).map(userOf);
      const names = new Set(ours.map(({ name }) => name));
      const theirs = Array.from(htpasswd.entries(), ({ name }) => name).filter(
        (name) => name > after && !names.has(name),
      );
      const found = [...ours, ...theirs.map(htpasswdUser)].toSorted((one, other) => (one.name < other.name ? -1 : 1));
      const shown = found.slice(0, limit);
      return { users: shown, next: found.length > limit ? (shown.at(-1)?.name ?? null) : null };
    }),
    endpoint(addUser, async ({ name, password, isAdministrator }, { actor }) => {
      const wanted = { name, isAdministrator, ...(password === undefined ? {} : { password }) };
      const added = await users.create(wanted, actor);
      return { user: userOf(added.user), generatedPassword: added.password };
    }),
    endpoint(setPassword, async ({ name, password }, { actor, identity }) => {
      const changed = await users.changePassword(name, password, actor, identity.sessionId);
      return { user: userOf(await users.get(name)), generatedPassword: changed.password };
    }),
    endpoint(removeUser, async ({ name }, { actor }) => {
      await users.remove(name, actor);
      return { name };
    }),
    endpoint(listRulesOfUser, async ({ name }) => {
      const rules = await rulesOf(await idOf(name, parts));
      return { rules: rules.map(({ pattern, actions }) => ({ pattern, actions: [...actions] })) };
    }),
  ];
}

/**
 * A user of ours comes before one of the htpasswd file of that name, as when they log in.
 *
 * @throws {AccountUnknownError}
 */
async function idOf(name: string, { users, htpasswd }: UserParts): Promise<string> {
  try {
    return (await users.get(name)).id;
  } catch (error) {
    if (error instanceof AccountUnknownError && htpasswd.find(name) !== undefined) return htpasswdUserId(name);
    throw error;
  }
}

function userOf({ name, isAdministrator, isConfigured, createdAt }: Account): User {
  const origin = isConfigured ? 'configuration' : 'added';
  return { name, isAdministrator, origin, createdAt: createdAt.toISOString() };
}

/** Whether a grant makes it an administrator is for the list of grants to say. */
function htpasswdUser(name: string): User {
  return { name, isAdministrator: false, origin: 'htpasswd', createdAt: null };
}
