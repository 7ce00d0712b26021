import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A session as recorded; its secret is known by its hash only. */
export interface SessionRow {
  /** Not secret. */
  readonly id: string;
  readonly principalId: string;
  readonly generation: string;
  readonly createdAt: Date;
  /** Behind by a minute at most. */
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly source: string;
  readonly client: string;
}

const COLUMNS = [
  'id',
  'principal_id',
  'generation',
  'created_at',
  'last_seen_at',
  'expires_at',
  'source',
  'client',
] as const;

const bySecretHash = query((db, parameter: Parameter<{ secretHash: string }>) =>
  db.selectFrom('sessions').select(COLUMNS).where('secret_hash', '=', parameter('secretHash')),
);

const ofPrincipal = query((db, parameter: Parameter<{ principalId: string }>) =>
  db
    .selectFrom('sessions')
    .select(COLUMNS)
    .where('principal_id', '=', parameter('principalId'))
    .orderBy('last_seen_at', 'desc')
    .orderBy('created_at', 'desc')
    .orderBy('id'),
);

interface NewSession {
  readonly id: string;
  readonly secretHash: string;
  readonly principalId: string;
  readonly generation: string;
  readonly now: number;
  readonly expiresAt: number;
  readonly source: string;
  readonly client: string;
}

const inserted = query((db, parameter: Parameter<NewSession>) =>
  db.insertInto('sessions').values({
    id: parameter('id'),
    secret_hash: parameter('secretHash'),
    principal_id: parameter('principalId'),
    generation: parameter('generation'),
    created_at: parameter('now'),
    last_seen_at: parameter('now'),
    expires_at: parameter('expiresAt'),
    source: parameter('source'),
    client: parameter('client'),
  }),
);

const seen = query((db, parameter: Parameter<{ id: string; at: number }>) =>
  db
    .updateTable('sessions')
    .set({ last_seen_at: parameter('at') })
    .where('id', '=', parameter('id'))
    .where('last_seen_at', '<', parameter('at')),
);

const moved = query((db, parameter: Parameter<{ id: string; principalId: string; generation: string }>) =>
  db
    .updateTable('sessions')
    .set({ generation: parameter('generation') })
    .where('id', '=', parameter('id'))
    .where('principal_id', '=', parameter('principalId')),
);

const removed = query((db, parameter: Parameter<{ id: string; principalId: string }>) =>
  db
    .deleteFrom('sessions')
    .where('id', '=', parameter('id'))
    .where('principal_id', '=', parameter('principalId'))
    .returning('id'),
);

const removedBut = query((db, parameter: Parameter<{ principalId: string; keptId: string }>) =>
  db
    .deleteFrom('sessions')
    .where('principal_id', '=', parameter('principalId'))
    .where('id', '!=', parameter('keptId'))
    .returning('id'),
);

const removedOfUser = query((db, parameter: Parameter<{ userId: string; keptId: string }>) =>
  db
    .deleteFrom('sessions')
    .where('id', '!=', parameter('keptId'))
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('principal_id', '=', parameter('userId')),
        eb('principal_id', 'in', selectFrom('tokens').select('tokens.id').where('owner_id', '=', parameter('userId'))),
      ]),
    )
    .returning('id'),
);

const removedStale = query((db, parameter: Parameter<{ now: number; idleSince: number }>) =>
  db
    .deleteFrom('sessions')
    .where(({ or, eb }) =>
      or([eb('expires_at', '<=', parameter('now')), eb('last_seen_at', '<=', parameter('idleSince'))]),
    )
    .returning('id'),
);

/** @param secretHash as {@link insertSession} recorded it. One that has expired is found too. */
export async function findSessionBySecretHash(db: Queryable, secretHash: string): Promise<SessionRow | undefined> {
  const row = await db.first(bySecretHash, { secretHash });
  return row === undefined ? undefined : fromColumns(row);
}

/** Expired ones too; the one that was used last comes first. */
export async function listSessionsOf(db: Queryable, principalId: string): Promise<readonly SessionRow[]> {
  return (await db.all(ofPrincipal, { principalId })).map(fromColumns);
}

export async function insertSession(
  tx: Transaction,
  session: Omit<SessionRow, 'lastSeenAt'> & { readonly secretHash: string },
): Promise<void> {
  const { createdAt, expiresAt, ...rest } = session;
  await tx.all(inserted, { ...rest, now: createdAt.getTime(), expiresAt: expiresAt.getTime() });
}

export async function recordSessionSeen(tx: Transaction, id: string, at: Date): Promise<void> {
  await tx.all(seen, { id, at: at.getTime() });
}

/** Lets a session of that principal go on in another generation. One of somebody else stays as it is. */
export async function moveSession(
  tx: Transaction,
  session: Pick<SessionRow, 'id' | 'principalId' | 'generation'>,
): Promise<void> {
  await tx.all(moved, session);
}

/** @returns whether that principal had such a session. */
export async function deleteSession(tx: Transaction, id: string, principalId: string): Promise<boolean> {
  return (await tx.first(removed, { id, principalId })) !== undefined;
}

/**
 * @param keptId stays; default none.
 * @returns how many there were.
 */
export async function deleteSessionsOf(tx: Transaction, principalId: string, keptId = ''): Promise<number> {
  return (await tx.all(removedBut, { principalId, keptId })).length;
}

/**
 * Of a user, and of the tokens that act for it.
 *
 * @param keptId stays; default none.
 * @returns how many there were.
 */
export async function deleteSessionsOfUser(tx: Transaction, userId: string, keptId = ''): Promise<number> {
  return (await tx.all(removedOfUser, { userId, keptId })).length;
}

/** @returns how many were void: expired, or not used since. */
export async function deleteStaleSessions(tx: Transaction, now: Date, idleSince: Date): Promise<number> {
  return (await tx.all(removedStale, { now: now.getTime(), idleSince: idleSince.getTime() })).length;
}

interface SessionColumns {
  readonly id: string;
  readonly principal_id: string;
  readonly generation: string;
  readonly created_at: number;
  readonly last_seen_at: number;
  readonly expires_at: number;
  readonly source: string;
  readonly client: string;
}

function fromColumns(row: SessionColumns): SessionRow {
  return {
    id: row.id,
    principalId: row.principal_id,
    generation: row.generation,
    createdAt: new Date(row.created_at),
    lastSeenAt: new Date(row.last_seen_at),
    expiresAt: new Date(row.expires_at),
    source: row.source,
    client: row.client,
  };
}
