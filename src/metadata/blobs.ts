import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { rowsOf } from './list-parameters.ts';
import type { Schema } from './schema.ts';
import { AFTER_ALL, BEFORE_ALL, type Looked, type Stretch } from './stretch.ts';

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

const unnamed = query((db, parameter: Parameter<{ keys: readonly string[] }>) =>
  db
    .selectFrom(rowsOf(parameter('keys')).as('copies'))
    .select('copies.value as key')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('blobs').select('blobs.storage_key').whereRef('blobs.storage_key', '=', 'copies.value'))),
    ),
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

const removed = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db.deleteFrom('blobs').where('digest', '=', parameter('digest')),
);

const removedAll = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db.deleteFrom('blobs').where('digest', 'in', parameter('digests')),
);

const nth = query((db, parameter: Parameter<{ after: Digest; skipped: number }>) =>
  db
    .selectFrom('blobs')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const unlinked = query((db, parameter: Parameter<{ after: Digest; end: Digest; before: number }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'storage_key as storageKey'])
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end'))
    .where('created_at', '<', parameter('before'))
    .where(noRepositoryServes())
    .where(noTrashKeeps()),
);

const unlinkedOf = query((db, parameter: Parameter<{ digests: readonly Digest[]; before: number }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'storage_key as storageKey'])
    .where('digest', 'in', parameter('digests'))
    .where('created_at', '<', parameter('before'))
    .where(noRepositoryServes())
    .where(noTrashKeeps()),
);

function noRepositoryServes(): Expression<SqlBool> {
  const { not, exists, selectFrom } = expressionBuilder<Schema, 'blobs'>();
  return not(exists(selectFrom('links').select('links.digest').whereRef('links.digest', '=', 'blobs.digest')));
}

/** Of a blob in a query: no manifest in the trash may get it back. */
export function noTrashKeeps(): Expression<SqlBool> {
  const { not, exists, selectFrom } = expressionBuilder<Schema, 'blobs'>();
  return not(
    exists(
      selectFrom('trashed_edges')
        .select('trashed_edges.digest')
        .whereRef('trashed_edges.digest', '=', 'blobs.digest')
        .where('trashed_edges.is_linked', '=', 1),
    ),
  );
}

const totals = query((db, parameter: Parameter<{ after: Digest; end: Digest }>) =>
  db
    .selectFrom('blobs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('size').as('bytes')])
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end')),
);

export function findBlob(db: Queryable, digest: Digest): Promise<BlobRow | undefined> {
  return db.first(byDigest, { digest });
}

/** Does any blob live under this key? Bytes that no row names are left over from a crash. */
export async function isStorageKeyNamed(db: Queryable, storageKey: string): Promise<boolean> {
  return (await db.first(keyed, { storageKey })) !== undefined;
}

/** As {@link isStorageKeyNamed}: those of some hundred keys that are not. Of odd text that no store has, it says nothing. */
export async function findUnnamedKeys(db: Queryable, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db.all(unnamed, { keys });
  return new Set(rows.map(({ key }) => key));
}

/** Records a copy; one that was recorded for the same digest is replaced, and is the caller's to forget. */
export async function saveBlob(tx: Transaction, blob: BlobRow, now: Date): Promise<void> {
  await tx.all(upserted, { ...blob, now: now.getTime() });
}

/** The last digest of a stretch of all blobs; `undefined` when the stretch goes to their end. */
export async function findStretchEnd(db: Queryable, { after, rows }: Stretch<Digest>): Promise<Digest | undefined> {
  return (await db.first(nth, { after: after ?? BEFORE_ALL, skipped: rows - 1 }))?.digest;
}

/** Of a stretch of all blobs: those recorded before `before` that no repository may serve, not even one restored. */
export async function listUnlinkedBlobs(
  db: Queryable,
  before: Date,
  stretch: Stretch<Digest>,
): Promise<Looked<BlobRow, Digest>> {
  const end = await findStretchEnd(db, stretch);
  const range = { after: stretch.after ?? BEFORE_ALL, end: end ?? AFTER_ALL };
  return { found: await db.all(unlinked, { ...range, before: before.getTime() }), end };
}

/** As {@link listUnlinkedBlobs}: those of some hundred blobs. */
export function findUnlinkedBlobs(
  db: Queryable,
  before: Date,
  digests: readonly Digest[],
): Promise<readonly BlobRow[]> {
  return db.all(unlinkedOf, { digests, before: before.getTime() });
}

export async function deleteBlob(tx: Transaction, digest: Digest): Promise<void> {
  await tx.all(removed, { digest });
}

export async function deleteBlobs(tx: Transaction, digests: readonly Digest[]): Promise<void> {
  await tx.all(removedAll, { digests });
}

/** How many blobs are counted in one turn: some milliseconds. */
const COUNTED_PER_TURN = 10_000;

/**
 * How much is stored, each blob counted once. Takes half a second for a million, and lets requests be answered in
 * between: what comes and goes meanwhile may or may not be counted.
 */
export async function countBlobs(db: Queryable): Promise<{ readonly count: number; readonly bytes: number }> {
  const total = { count: 0, bytes: 0 };
  let after: Digest | undefined = BEFORE_ALL;
  while (after !== undefined) {
    const end: Digest | undefined = await findStretchEnd(db, { after, rows: COUNTED_PER_TURN });
    const row = await db.first(totals, { after, end: end ?? AFTER_ALL });
    total.count += row?.count ?? 0;
    total.bytes += row?.bytes ?? 0;
    after = end;
    if (after !== undefined) await new Promise((resolve) => void setImmediate(resolve));
  }
  return total;
}
