import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A person with a password of ours, as recorded. */
export interface UserRow {
  /** `user:` and a UUID: never given to another user, even one of the same name. */
  readonly id: string;
  readonly name: string;
  readonly passwordHash: string;
  /** Counts the passwords: what was issued under an earlier one is void. */
  readonly generation: number;
  readonly isAdministrator: boolean;
  /** Made by the configuration, which alone may change it. */
  readonly isConfigured: boolean;
  readonly createdAt: Date;
}

const COLUMNS = [
  'id',
  'name',
  'password_hash',
  'generation',
  'is_administrator',
  'is_configured',
  'created_at',
] as const;

const byId = query((db, parameter: Parameter<{ id: string }>) =>
  db.selectFrom('users').select(COLUMNS).where('id', '=', parameter('id')),
);

const byName = query((db, parameter: Parameter<{ name: string }>) =>
  db.selectFrom('users').select(COLUMNS).where('name', '=', parameter('name')),
);

const everyUser = query((db, _parameter: Parameter<object>) => db.selectFrom('users').select(COLUMNS).orderBy('name'));

const someUsers = query((db, parameter: Parameter<{ after: string; rows: number }>) =>
  db
    .selectFrom('users')
    .select(COLUMNS)
    .where('name', '>', parameter('after'))
    .orderBy('name')
    .limit(parameter('rows')),
);

const total = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('users').select(({ fn }) => fn.countAll<number>().as('count')),
);

const administrators = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('users')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('is_administrator', '=', 1),
);

interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly isAdministrator: number;
  readonly isConfigured: number;
  readonly now: number;
}

const inserted = query((db, parameter: Parameter<NewUser>) =>
  db
    .insertInto('users')
    .values({
      id: parameter('id'),
      name: parameter('name'),
      password_hash: parameter('passwordHash'),
      generation: 1,
      is_administrator: parameter('isAdministrator'),
      is_configured: parameter('isConfigured'),
      created_at: parameter('now'),
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(COLUMNS),
);

const passwordChanged = query((db, parameter: Parameter<{ id: string; passwordHash: string }>) =>
  db
    .updateTable('users')
    .set(({ eb }) => ({ password_hash: parameter('passwordHash'), generation: eb('generation', '+', 1) }))
    .where('id', '=', parameter('id'))
    .returning('generation'),
);

const rolesChanged = query((db, parameter: Parameter<{ id: string; isAdministrator: number; isConfigured: number }>) =>
  db
    .updateTable('users')
    .set({ is_administrator: parameter('isAdministrator'), is_configured: parameter('isConfigured') })
    .where('id', '=', parameter('id')),
);

const removed = query((db, parameter: Parameter<{ id: string }>) =>
  db.deleteFrom('users').where('id', '=', parameter('id')),
);

export async function findUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return userOf(await db.first(byId, { id }));
}

/** Names are compared as they are written: `Ada` is not `ada`. */
export async function findUserByName(db: Queryable, name: string): Promise<UserRow | undefined> {
  return userOf(await db.first(byName, { name }));
}

/** Every user, by name. */
export async function listUsers(db: Queryable): Promise<readonly UserRow[]> {
  return (await db.all(everyUser, {})).map(fromColumns);
}

/** Users whose names come after that one, by name. */
export async function listUsersAfter(db: Queryable, after: string, rows: number): Promise<readonly UserRow[]> {
  return (await db.all(someUsers, { after, rows })).map(fromColumns);
}

export async function countUsers(db: Queryable): Promise<number> {
  return (await db.first(total, {}))?.count ?? 0;
}

export async function countAdministrators(db: Queryable): Promise<number> {
  return (await db.first(administrators, {}))?.count ?? 0;
}

/** @returns `undefined` when the name is taken. */
export async function insertUser(
  tx: Transaction,
  user: Pick<UserRow, 'id' | 'name' | 'passwordHash' | 'isAdministrator' | 'isConfigured'>,
  now: Date,
): Promise<UserRow | undefined> {
  const { id, name, passwordHash } = user;
  const isAdministrator = Number(user.isAdministrator);
  const isConfigured = Number(user.isConfigured);
  return userOf(
    await tx.first(inserted, { id, name, passwordHash, isAdministrator, isConfigured, now: now.getTime() }),
  );
}

/** @returns the generation that begins; `undefined` when there is no such user. */
export async function changePasswordHash(
  tx: Transaction,
  id: string,
  passwordHash: string,
): Promise<number | undefined> {
  return (await tx.first(passwordChanged, { id, passwordHash }))?.generation;
}

export async function changeUserRoles(
  tx: Transaction,
  id: string,
  roles: Pick<UserRow, 'isAdministrator' | 'isConfigured'>,
): Promise<void> {
  const isAdministrator = Number(roles.isAdministrator);
  await tx.all(rolesChanged, { id, isAdministrator, isConfigured: Number(roles.isConfigured) });
}

/** Only the user: its tokens and grants are the caller's to delete in the same transaction. */
export async function deleteUser(tx: Transaction, id: string): Promise<void> {
  await tx.all(removed, { id });
}

interface UserColumns {
  readonly id: string;
  readonly name: string;
  readonly password_hash: string;
  readonly generation: number;
  readonly is_administrator: number;
  readonly is_configured: number;
  readonly created_at: number;
}

function fromColumns(row: UserColumns): UserRow {
  return {
    id: row.id,
    name: row.name,
    passwordHash: row.password_hash,
    generation: row.generation,
    isAdministrator: row.is_administrator === 1,
    isConfigured: row.is_configured === 1,
    createdAt: new Date(row.created_at),
  };
}

function userOf(row: UserColumns | undefined): UserRow | undefined {
  return row === undefined ? undefined : fromColumns(row);
}
