import { systemActor, type Actor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';
import type { Database, Queryable } from '../../metadata/database.ts';
import { accountsLock } from '../../metadata/locks.ts';
import { deleteSessionsOfUser, moveSession } from '../../metadata/sessions.ts';
import {
  changePasswordHash,
  changeUserRoles,
  countAdministrators,
  findUserByName,
  insertUser,
  listUsers,
  listUsersAfter,
  type UserRow,
} from '../../metadata/users.ts';
import type { IdentityChanges } from '../changes.ts';
import { checkNewPassword, generatePassword, hashPassword } from '../passwords/password.ts';
import { newUserId } from '../principal.ts';
import { AccountProtectedError, AccountTakenError, AccountUnknownError } from './account-errors.ts';
import { checkNewName } from './account-name.ts';
import { removeUserAndBelongings } from './removal.ts';

/** A user as an administrator sees it. */
export type User = Omit<UserRow, 'passwordHash' | 'generation'>;

export interface NewUser {
  readonly name: string;
  /** Without one, one is made. */
  readonly password?: string;
  /** Default `false`. */
  readonly isAdministrator?: boolean;
}

export interface UsersOptions {
  readonly database: Database;
  readonly changes: IdentityChanges;
  readonly clock: () => Date;
}

/** The people who have a password of ours. Every change holds for the next request. */
export class Users {
  readonly #options: UsersOptions;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  /** By name. */
  async list(): Promise<readonly User[]> {
    return (await listUsers(this.#options.database)).map(userOf);
  }

  /** By name, at most so many, behind that name. */
  async listAfter(name: string, limit: number): Promise<readonly User[]> {
    return (await listUsersAfter(this.#options.database, name, limit)).map(userOf);
  }

  /** @throws {AccountUnknownError} */
  async get(name: string): Promise<User> {
    return userOf(await getUser(this.#options.database, name));
  }

  /**
   * @returns the user, and the password if it was made here: it is not recorded and cannot be shown again.
   * @throws {AccountTakenError}
   * @throws {AccountInvalidError} the name.
   * @throws {PasswordRefusedError}
   */
  async create(
    { name, password, isAdministrator = false }: NewUser,
    actor: Actor = systemActor('admin'),
  ): Promise<{ user: User; password?: string }> {
    const { database, changes, clock } = this.#options;
    checkNewName(name);
    const chosen = await choosePassword(password);
    const user = { id: newUserId(), name, passwordHash: chosen.hash, isAdministrator, isConfigured: false };
    const row = await database.transaction(async (tx) => {
      const inserted = await insertUser(tx, user, clock());
      if (inserted === undefined) throw new AccountTakenError(`There is a user "${name}" already.`);
      await appendAudit(tx, actor, { action: 'user.created', details: { user: name, isAdministrator } }, clock());
      return inserted;
    });
    await changes.announce({ of: 'users' });
    return { user: userOf(row), ...chosen.shown };
  }

  /**
   * Ends everything that was issued under the old password: bearer and refresh tokens, sessions. The user's own tokens
   * go on, but not the sessions that were begun by them.
   *
   * @param keptSessionId goes on, if it is one of this user: the session in which the password is changed.
   * @returns the password if it was made here.
   * @throws {AccountUnknownError}
   * @throws {AccountProtectedError} the configuration says what the password is.
   * @throws {PasswordRefusedError}
   */
  async changePassword(
    name: string,
    password?: string,
    actor: Actor = systemActor('admin'),
    keptSessionId?: string,
  ): Promise<{ password?: string }> {
    const chosen = await choosePassword(password);
    await this.#options.database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const user = await getUser(tx, name);
      checkNotConfigured(user, 'its password is changed there');
      const generation = await changePasswordHash(tx, user.id, chosen.hash);
      await deleteSessionsOfUser(tx, user.id, keptSessionId);
      if (keptSessionId !== undefined) {
        await moveSession(tx, { id: keptSessionId, principalId: user.id, generation: String(generation) });
      }
      await appendAudit(tx, actor, { action: 'user.password-changed', details: { user: name } }, this.#options.clock());
    });
    await this.#options.changes.announce({ of: 'users' });
    return chosen.shown;
  }

  /**
   * @throws {AccountUnknownError}
   * @throws {AccountProtectedError} nobody would be left to govern the registry, or the configuration says otherwise.
   */
  async setAdministrator(name: string, isAdministrator: boolean, actor: Actor = systemActor('admin')): Promise<User> {
    const changed = await this.#options.database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const user = await getUser(tx, name);
      if (user.isAdministrator && !isAdministrator) {
        checkNotConfigured(user, 'it is an administrator');
        await checkNotLast(tx, user);
      }
      await changeUserRoles(tx, user.id, { ...user, isAdministrator });
      const details = { user: name, isAdministrator };
      await appendAudit(tx, actor, { action: 'user.changed', details }, this.#options.clock());
      return { ...user, isAdministrator };
    });
    await this.#options.changes.announce({ of: 'users' });
    return userOf(changed);
  }

  /**
   * Removes the user with its tokens and grants. Another user of that name is another user.
   *
   * @throws {AccountUnknownError}
   * @throws {AccountProtectedError} nobody would be left to govern the registry, or the next start would bring it back.
   */
  async remove(name: string, actor: Actor = systemActor('admin')): Promise<void> {
    await this.#options.database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const user = await getUser(tx, name);
      checkNotConfigured(user, 'it is removed by naming another one there');
      if (user.isAdministrator) await checkNotLast(tx, user);
      await removeUserAndBelongings(tx, user.id);
      await appendAudit(tx, actor, { action: 'user.deleted', details: { user: name } }, this.#options.clock());
    });
    await this.#options.changes.announce({ of: 'users' });
  }
}

async function choosePassword(password: string | undefined): Promise<{ hash: string; shown: { password?: string } }> {
  if (password === undefined) {
    const made = generatePassword();
    return { hash: await hashPassword(made), shown: { password: made } };
  }
  checkNewPassword(password);
  return { hash: await hashPassword(password), shown: {} };
}

async function getUser(db: Queryable, name: string): Promise<UserRow> {
  const user = await findUserByName(db, name);
  if (user === undefined) throw new AccountUnknownError(`There is no user "${name}".`);
  return user;
}

function checkNotConfigured({ name, isConfigured }: UserRow, what: string): void {
  if (isConfigured) throw new AccountProtectedError(`The user "${name}" comes from the configuration: ${what}.`);
}

async function checkNotLast(db: Queryable, { name }: UserRow): Promise<void> {
  if ((await countAdministrators(db)) > 1) return;
  throw new AccountProtectedError(`The user "${name}" is the last administrator: make another one first.`);
}

function userOf({ passwordHash: _hash, generation: _generation, ...user }: UserRow): User {
  return user;
}
