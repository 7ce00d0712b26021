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

const removed = query((db, parameter: Parameter<{ storageKey: string }>) =>
  db.deleteFrom('forgotten_blobs').where('storage_key', '=', parameter('storageKey')),
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

/** The bytes are gone. */
export async function deleteForgottenBlob(tx: Transaction, storageKey: string): Promise<void> {
  await tx.all(removed, { storageKey });
}
