import { systemActor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';
import type { Database, Transaction } from '../../metadata/database.ts';
import { firstStartLock } from '../../metadata/locks.ts';
import {
  changePasswordHash,
  changeUserRoles,
  countUsers,
  findUserByName,
  insertUser,
  listUsers,
} from '../../metadata/users.ts';
import type { IdentityChanges } from '../changes.ts';
import { checkUsablePassword, generatePassword, hashPassword, verifyPassword } from '../passwords/password.ts';
import { newUserId } from '../principal.ts';
import { AccountInvalidError } from './account-errors.ts';
import { checkUsableName } from './account-name.ts';
import { removeUserAndBelongings } from './removal.ts';

export interface ConfiguredAdministratorOptions {
  readonly database: Database;
  readonly changes: IdentityChanges;
  readonly clock: () => Date;
  /** Has the htpasswd file this name? Then it is not taken for a generated administrator, who would hide that user. */
  readonly isTaken: (name: string) => boolean;
}

export interface ConfiguredNames {
  /** `REGISTRY_USERNAME`. */
  readonly username?: string;
  /** `REGISTRY_PASSWORD`. */
  readonly password?: string;
}

/** The administrator that was made because there was nobody. The password is not recorded: show it once. */
export interface GeneratedAdministrator {
  readonly username: string;
  readonly password: string;
}

const DEFAULT_NAME = 'admin';

/**
 * Sees to it, at start, that there is an administrator: the one of the configuration, else whoever is there already,
 * else one that is made now.
 *
 * The user of the configuration is as the configuration says, every time: its password follows, and when it has
 * another name, the user of the earlier name is removed with its tokens and grants. Taking both settings away leaves
 * that user as it is.
 *
 * @returns the administrator that was made, if one was.
 * @throws {AccountInvalidError} a name without a password, or one that no client can send.
 * @throws {PasswordRefusedError} no client could log in with it.
 */
export async function ensureAdministrator(
  { username, password }: ConfiguredNames,
  options: ConfiguredAdministratorOptions,
): Promise<GeneratedAdministrator | undefined> {
  if (password === undefined) {
    if (username === undefined) return generateAdministrator(options);
    throw new AccountInvalidError('REGISTRY_USERNAME is set and REGISTRY_PASSWORD is not: set both, or neither.');
  }
  await configureAdministrator({ username: username ?? DEFAULT_NAME, password }, options);
  return undefined;
}

async function generateAdministrator(
  options: ConfiguredAdministratorOptions,
): Promise<GeneratedAdministrator | undefined> {
  const { database, changes, clock, isTaken } = options;
  if ((await countUsers(database)) > 0) return undefined;
  const username = [DEFAULT_NAME, 'administrator', 'havre-admin'].find((name) => !isTaken(name)) ?? generatePassword();
  const password = generatePassword();
  const passwordHash = await hashPassword(password);
  const user = { id: newUserId(), name: username, passwordHash, isAdministrator: true, isConfigured: false };
  const made = await database.transaction(async (tx) => {
    await tx.lock('exclusive', [firstStartLock()]);
    // Of nodes that start together, one makes the administrator, and tells the password.
    if ((await countUsers(tx)) > 0) return undefined;
    await record(tx, 'user.created', { user: username, isAdministrator: true, by: 'first start' }, clock());
    return insertUser(tx, user, clock());
  });
  await changes.announce({ of: 'users' });
  return made === undefined ? undefined : { username, password };
}

async function configureAdministrator(
  { username, password }: Required<ConfiguredNames>,
  options: ConfiguredAdministratorOptions,
): Promise<void> {
  const { database, changes, clock } = options;
  checkUsableName(username);
  checkUsablePassword(password);
  for (let isDone = false; !isDone;) {
    const before = await findUserByName(database, username);
    const isSamePassword = before !== undefined && (await verifyPassword(password, before.passwordHash));
    const passwordHash = isSamePassword ? before.passwordHash : await hashPassword(password);
    const wanted = { username, passwordHash, now: clock() };
    isDone = await database.transaction((tx) => configureInstead(tx, before?.passwordHash, wanted));
  }
  await changes.announce({ of: 'users' });
}

/**
 * @returns `false`, having changed nothing: the password is not the one any more that ours was compared with. Another
 *   node of the same configuration starts, too, and made a hash of its own: taking ours would end what was issued since.
 */
async function configureInstead(
  tx: Transaction,
  compared: string | undefined,
  { username, passwordHash, now }: { username: string; passwordHash: string; now: Date },
): Promise<boolean> {
  await tx.lock('exclusive', [firstStartLock()]);
  const user = await findUserByName(tx, username);
  if (user?.passwordHash !== compared) return false;
  await removeEarlier(tx, username, now);
  const roles = { isAdministrator: true, isConfigured: true };
  if (user === undefined) {
    await insertUser(tx, { id: newUserId(), name: username, passwordHash, ...roles }, now);
    await record(tx, 'user.created', { user: username, isAdministrator: true, by: 'configuration' }, now);
    return true;
  }
  if (user.passwordHash !== passwordHash) {
    await changePasswordHash(tx, user.id, passwordHash);
    await record(tx, 'user.password-changed', { user: username, by: 'configuration' }, now);
  }
  if (!user.isAdministrator || !user.isConfigured) {
    await record(tx, 'user.changed', { user: username, isAdministrator: true, by: 'configuration' }, now);
  }
  await changeUserRoles(tx, user.id, roles);
  return true;
}

async function removeEarlier(tx: Transaction, username: string, now: Date): Promise<void> {
  for (const { id, name, isConfigured } of await listUsers(tx)) {
    if (!isConfigured || name === username) continue;
    await removeUserAndBelongings(tx, id);
    await record(tx, 'user.deleted', { user: name, by: 'configuration' }, now);
  }
}

/** What nobody asked for but the configuration, or the first start. */
function record(tx: Transaction, action: string, details: Readonly<Record<string, unknown>>, now: Date): Promise<void> {
  return appendAudit(tx, systemActor('admin'), { action, details }, now);
}
