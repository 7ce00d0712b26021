import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** One copy of some content, as the store keeps it. */
export interface BlobRow {
  readonly digest: Digest;
  readonly size: number;
  readonly storageKey: string;
}

const byDigest = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'storage_key as storageKey'])
    .where('digest', '=', parameter('digest')),
);

const keyed = query((db, parameter: Parameter<{ storageKey: string }>) =>
  db.selectFrom('blobs').select('digest').where('storage_key', '=', parameter('storageKey')),
);

const upserted = query((db, parameter: Parameter<BlobRow & { now: number }>) =>
  db
    .insertInto('blobs')
    .values({
      digest: parameter('digest'),
      size: parameter('size'),
      storage_key: parameter('storageKey'),
      created_at: parameter('now'),
    })
    .onConflict((conflict) =>
      conflict.column('digest').doUpdateSet({ storage_key: parameter('storageKey'), size: parameter('size') }),
    ),
);

const unlinked = query((db, parameter: Parameter<{ before: number; limit: number }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'storage_key as storageKey'])
    .where('created_at', '<', parameter('before'))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('links').select('links.digest').whereRef('links.digest', '=', 'blobs.digest'))),
    )
    .limit(parameter('limit')),
);

const removed = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db.deleteFrom('blobs').where('digest', '=', parameter('digest')),
);

const totals = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('blobs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('size').as('bytes')]),
);

export function findBlob(db: Queryable, digest: Digest): Promise<BlobRow | undefined> {
  return db.first(byDigest, { digest });
}

/** Does any blob live under this key? Bytes that no row names are left over from a crash. */
export async function isStorageKeyNamed(db: Queryable, storageKey: string): Promise<boolean> {
  return (await db.first(keyed, { storageKey })) !== undefined;
}

/** Records a copy; one that was recorded for the same digest is replaced, and is the caller's to forget. */
export async function saveBlob(tx: Transaction, blob: BlobRow, now: Date): Promise<void> {
  await tx.all(upserted, { ...blob, now: now.getTime() });
}

/** Blobs recorded before `before` that no repository may serve. */
export function listUnlinkedBlobs(db: Queryable, before: Date, limit: number): Promise<readonly BlobRow[]> {
  return db.all(unlinked, { before: before.getTime(), limit });
}

export async function deleteBlob(tx: Transaction, digest: Digest): Promise<void> {
  await tx.all(removed, { digest });
}

/** How much is stored, each blob counted once. */
export async function countBlobs(db: Queryable): Promise<{ readonly count: number; readonly bytes: number }> {
  const row = await db.first(totals, {});
  return { count: row?.count ?? 0, bytes: row?.bytes ?? 0 };
}
