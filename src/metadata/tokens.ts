import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A token as recorded; its secret is known by its hash only. */
export interface TokenRow {
  /** `token:` and a UUID, never given again. */
  readonly id: string;
  readonly name: string;
  /** The user it acts for; a robot has none. */
  readonly ownerId: string | null;
  /** JSON: the rules it is limited to, or `null`: everything its owner may. */
  readonly scope: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Behind by as much as uses are batched. */
  readonly lastUsedAt: Date | null;
}

const COLUMNS = ['id', 'name', 'owner_id', 'scope', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'] as const;

const byId = query((db, parameter: Parameter<{ id: string }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('id', '=', parameter('id')),
);

const bySecretHash = query((db, parameter: Parameter<{ secretHash: string }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('secret_hash', '=', parameter('secretHash')),
);

const byName = query((db, parameter: Parameter<{ name: string }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('name', '=', parameter('name')).where('revoked_at', 'is', null),
);

const everyToken = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('tokens').select(COLUMNS).orderBy('name').orderBy('created_at'),
);

interface TokensAfter {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
}

const someTokens = query((db, parameter: Parameter<TokensAfter>) =>
  db
    .selectFrom('tokens')
    .select(COLUMNS)
    .where('name', '>=', parameter('name'))
    .where(({ or, eb }) => or([eb('name', '>', parameter('name')), eb('id', '>', parameter('id'))]))
    .orderBy('name')
    .orderBy('id')
    .limit(parameter('rows')),
);

const owned = query((db, parameter: Parameter<{ ownerId: string }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('owner_id', '=', parameter('ownerId')).orderBy('name'),
);

interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
  readonly ownerId: string | null;
  readonly scope: string | null;
  readonly expiresAt: number | null;
  readonly now: number;
}

const inserted = query((db, parameter: Parameter<NewToken>) =>
  db
    .insertInto('tokens')
    .values({
      id: parameter('id'),
      name: parameter('name'),
      secret_hash: parameter('secretHash'),
      owner_id: parameter('ownerId'),
      scope: parameter('scope'),
      created_at: parameter('now'),
      expires_at: parameter('expiresAt'),
      revoked_at: null,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
    .returning(COLUMNS),
);

const revoked = query((db, parameter: Parameter<{ id: string; now: number }>) =>
  db
    .updateTable('tokens')
    .set({ revoked_at: parameter('now') })
    .where('id', '=', parameter('id'))
    .where('revoked_at', 'is', null)
    .returning('id'),
);

const used = query((db, parameter: Parameter<{ id: string; at: number }>) =>
  db
    .updateTable('tokens')
    .set({ last_used_at: parameter('at') })
    .where('id', '=', parameter('id')),
);

const removedOf = query((db, parameter: Parameter<{ ownerId: string }>) =>
  db.deleteFrom('tokens').where('owner_id', '=', parameter('ownerId')).returning('id'),
);

export async function findToken(db: Queryable, id: string): Promise<TokenRow | undefined> {
  return tokenOf(await db.first(byId, { id }));
}

/** @param secretHash as {@link insertToken} recorded it. Revoked and expired tokens are found too. */
export async function findTokenBySecretHash(db: Queryable, secretHash: string): Promise<TokenRow | undefined> {
  return tokenOf(await db.first(bySecretHash, { secretHash }));
}

/** The token of that name that is not revoked. */
export async function findTokenByName(db: Queryable, name: string): Promise<TokenRow | undefined> {
  return tokenOf(await db.first(byName, { name }));
}

/** Every token, revoked ones too, by name. */
export async function listTokens(db: Queryable): Promise<readonly TokenRow[]> {
  return (await db.all(everyToken, {})).map(fromColumns);
}

/** Tokens that come after that one, by name and then by id: several that were revoked may have one name. */
export async function listTokensAfter(db: Queryable, after: TokensAfter): Promise<readonly TokenRow[]> {
  return (await db.all(someTokens, after)).map(fromColumns);
}

export async function listTokensOf(db: Queryable, ownerId: string): Promise<readonly TokenRow[]> {
  return (await db.all(owned, { ownerId })).map(fromColumns);
}

/** @returns `undefined` when another token that is not revoked has the name. */
export async function insertToken(
  tx: Transaction,
  token: Pick<TokenRow, 'id' | 'name' | 'ownerId' | 'scope' | 'expiresAt'> & { readonly secretHash: string },
  now: Date,
): Promise<TokenRow | undefined> {
  const expiresAt = token.expiresAt?.getTime() ?? null;
  return tokenOf(await tx.first(inserted, { ...token, expiresAt, now: now.getTime() }));
}

/** @returns whether it was not revoked before. */
export async function revokeToken(tx: Transaction, id: string, now: Date): Promise<boolean> {
  return (await tx.first(revoked, { id, now: now.getTime() })) !== undefined;
}

export async function recordTokenUse(tx: Transaction, id: string, at: Date): Promise<void> {
  await tx.all(used, { id, at: at.getTime() });
}

/** @returns the ids of the tokens that are gone. */
export async function deleteTokensOf(tx: Transaction, ownerId: string): Promise<readonly string[]> {
  return (await tx.all(removedOf, { ownerId })).map(({ id }) => id);
}

interface TokenColumns {
  readonly id: string;
  readonly name: string;
  readonly owner_id: string | null;
  readonly scope: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

function fromColumns(row: TokenColumns): TokenRow {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    scope: row.scope,
    createdAt: new Date(row.created_at),
    expiresAt: dateOrNull(row.expires_at),
    revokedAt: dateOrNull(row.revoked_at),
    lastUsedAt: dateOrNull(row.last_used_at),
  };
}

function tokenOf(row: TokenColumns | undefined): TokenRow | undefined {
  return row === undefined ? undefined : fromColumns(row);
}

function dateOrNull(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
