import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** Bytes that no row names any more and that wait to be swept. */
export interface ForgottenBlob {
  readonly storageKey: string;
  readonly size: number;
}

const saved = query((db, parameter: Parameter<ForgottenBlob & { now: number }>) =>
  db
    .insertInto('forgotten_blobs')
    .values({
      storage_key: parameter('storageKey'),
      size: parameter('size'),
      forgotten_at: parameter('now'),
    })
    .onConflict((conflict) => conflict.doNothing()),
);

const before = query((db, parameter: Parameter<{ before: number; after: string; limit: number }>) =>
  db
    .selectFrom('forgotten_blobs')
    .select(['storage_key as storageKey', 'size'])
    .where('storage_key', '>', parameter('after'))
    .where('forgotten_at', '<=', parameter('before'))
    .orderBy('storage_key')
    .limit(parameter('limit')),
);

const keyedSince = query((db, parameter: Parameter<{ storageKey: string; since: number }>) =>
  db
    .selectFrom('forgotten_blobs')
    .select('storage_key')
    .where('storage_key', '=', parameter('storageKey'))
    .where('forgotten_at', '>', parameter('since')),
);

const forgottenBytes = query((db) =>
  db.selectFrom('forgotten_blobs').select(({ fn }) => fn.sum<number | null>('size').as('bytes')),
);

export async function saveForgottenBlob(tx: Transaction, blob: ForgottenBlob, now: Date): Promise<void> {
  await tx.all(saved, { storageKey: blob.storageKey, size: blob.size, now: now.getTime() });
}

/** What was forgotten at `time` or earlier, by key, strictly after `after`. */
export function listForgottenBlobs(
  db: Queryable,
  time: Date,
  after: string,
  limit: number,
): Promise<readonly ForgottenBlob[]> {
  return db.all(before, { before: time.getTime(), after, limit });
}

/** Was this copy forgotten later than `time`? */
export async function isForgottenSince(db: Queryable, storageKey: string, time: Date): Promise<boolean> {
  return (await db.first(keyedSince, { storageKey, since: time.getTime() })) !== undefined;
}

/** As {@link isForgottenSince}: those of some hundred copies that were. */
export async function findForgottenSince(
  db: Queryable,
  storageKeys: readonly string[],
  time: Date,
): Promise<ReadonlySet<string>> {
  if (storageKeys.length === 0) return new Set();
  const rows = await db.build((kysely) =>
    kysely
      .selectFrom('forgotten_blobs')
      .select('storage_key as key')
      .where('storage_key', 'in', storageKeys)
      .where('forgotten_at', '>', time.getTime()),
  );
  return new Set(rows.map(({ key }) => key));
}

/** What waits to be swept, in bytes. */
export async function countForgottenBytes(db: Queryable): Promise<number> {
  return (await db.first(forgottenBytes, {}))?.bytes ?? 0;
}

/** As {@link saveForgottenBlob}, of some hundreds. */
export async function saveForgottenBlobs(tx: Transaction, blobs: readonly ForgottenBlob[], now: Date): Promise<void> {
  const rows = blobs.map(({ storageKey, size }) => ({ storage_key: storageKey, size, forgotten_at: now.getTime() }));
  await tx.build((kysely) =>
    kysely
      .insertInto('forgotten_blobs')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
  );
}

/** Their bytes are gone. */
export async function deleteForgottenBlobs(tx: Transaction, storageKeys: readonly string[]): Promise<void> {
  await tx.build((kysely) => kysely.deleteFrom('forgotten_blobs').where('storage_key', 'in', storageKeys));
}
