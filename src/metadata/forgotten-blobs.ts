import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
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

/** From the rows of the blobs: nothing of them passes through us. */
const savedOf = query((db, parameter: Parameter<{ digests: readonly Digest[]; now: number }>) =>
  db
    .insertInto('forgotten_blobs')
    .columns(['storage_key', 'size', 'forgotten_at'])
    .expression(
      db
        .selectFrom('blobs')
        .select(['storage_key', 'size', sql<number>`cast(${parameter('now')} as bigint)`.as('forgotten_at')])
        .where('digest', 'in', parameter('digests')),
    )
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

const allKeyedSince = query((db, parameter: Parameter<{ keys: readonly string[]; since: number }>) =>
  db
    .selectFrom('forgotten_blobs')
    .select('storage_key as key')
    .where('storage_key', 'in', parameter('keys'))
    .where('forgotten_at', '>', parameter('since')),
);

const removed = query((db, parameter: Parameter<{ keys: readonly string[] }>) =>
  db.deleteFrom('forgotten_blobs').where('storage_key', 'in', parameter('keys')),
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
  const rows = await db.all(allKeyedSince, { keys: storageKeys, since: time.getTime() });
  return new Set(rows.map(({ key }) => key));
}

/** What waits to be swept, in bytes. */
export async function countForgottenBytes(db: Queryable): Promise<number> {
  return (await db.first(forgottenBytes, {}))?.bytes ?? 0;
}

/** As {@link saveForgottenBlob}, of some hundred blobs that are recorded: their rows are the caller's to delete, afterwards. */
export async function saveForgottenBlobs(tx: Transaction, digests: readonly Digest[], now: Date): Promise<void> {
  await tx.all(savedOf, { digests, now: now.getTime() });
}

/** Their bytes are gone. */
export async function deleteForgottenBlobs(tx: Transaction, storageKeys: readonly string[]): Promise<void> {
  await tx.all(removed, { keys: storageKeys });
}
