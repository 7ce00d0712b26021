import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { BlobRow } from './blobs.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { ManifestEdge } from './manifest-edges.ts';
import type { ManifestRow } from './manifests.ts';

/*
 * One statement for many rows: for imports, where a statement for each row would be most of the work.
 */

/** Values in one statement: engines bound the number of parameters (SQLite 32 766, PostgreSQL 65 535). */
const PARAMETERS_PER_STATEMENT = 8000;

/** A manifest, its bytes, and what it names. */
export interface ManifestWithContent {
  readonly row: ManifestRow;
  readonly bytes: Uint8Array;
  readonly edges: readonly ManifestEdge[];
}

const recorded = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'storage_key as storageKey'])
    .where('digest', 'in', parameter('digests')),
);

const tagged = query((db, parameter: Parameter<{ repositoryId: number; tags: readonly Tag[] }>) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', 'in', parameter('tags')),
);

/** Those of these blobs that are recorded. */
export async function findBlobs(db: Queryable, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, BlobRow>> {
  if (digests.length === 0) return new Map();
  const rows = await db.all(recorded, { digests });
  return new Map(rows.map((row) => [row.digest, row]));
}

/** What each of these tags names, of those that exist. */
export async function findTagged(
  db: Queryable,
  repositoryId: number,
  tags: readonly Tag[],
): Promise<ReadonlyMap<Tag, Digest>> {
  if (tags.length === 0) return new Map();
  const rows = await db.all(tagged, { repositoryId, tags });
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

/** Records copies. @returns the digests that were not recorded before: of the others, the older copy stays. */
export async function insertBlobs(tx: Transaction, blobs: readonly BlobRow[], now: Date): Promise<ReadonlySet<Digest>> {
  const inserted = new Set<Digest>();
  for (const some of chunks(
    inOrder(blobs, ({ digest }) => digest),
    4,
  )) {
    const values = some.map(({ digest, size, storageKey }) => ({
      digest,
      size,
      storage_key: storageKey,
      created_at: now.getTime(),
    }));
    const rows = await tx.build((kysely) =>
      kysely
        .insertInto('blobs')
        .values(values)
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning('digest'),
    );
    for (const { digest } of rows) inserted.add(digest);
  }
  return inserted;
}

/** Each digest once. Linking again renews the time, which keeps garbage collection away. */
export async function saveLinks(
  tx: Transaction,
  repositoryId: number,
  digests: readonly Digest[],
  now: Date,
): Promise<void> {
  for (const some of chunks(digests.toSorted(), 3)) {
    const values = some.map((digest) => ({ repository_id: repositoryId, digest, linked_at: now.getTime() }));
    await tx.build((kysely) =>
      kysely
        .insertInto('links')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'digest']).doUpdateSet({ linked_at: now.getTime() }),
        ),
    );
  }
}

/** Records manifests with their bytes and with what they name; what is recorded already stays as it is. */
export async function insertManifests(
  tx: Transaction,
  manifests: readonly ManifestWithContent[],
  now: Date,
): Promise<void> {
  for (const some of chunks(
    inOrder(manifests, ({ row }) => row.digest),
    11,
  )) {
    await tx.build((kysely) =>
      kysely
        .insertInto('manifest_contents')
        .values(some.map(({ row, bytes }) => ({ digest: row.digest, bytes })))
        .onConflict((conflict) => conflict.column('digest').doNothing()),
    );
    await tx.build((kysely) =>
      kysely
        .insertInto('manifests')
        .values(some.map(({ row }) => columnsOf(row, now)))
        .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing()),
    );
  }
  const edges = manifests.flatMap(({ row, edges: named }) =>
    named.map(({ kind, digest }) => ({
      repository_id: row.repositoryId,
      manifest_digest: row.digest,
      kind,
      digest,
    })),
  );
  for (const some of chunks(edges, 4)) {
    await tx.build((kysely) =>
      kysely
        .insertInto('manifest_edges')
        .values(some)
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}

export interface TagsToSave {
  readonly repositoryId: number;
  readonly digestByTag: ReadonlyMap<Tag, Digest>;
  /** Moves the tags that exist. */
  readonly overwrite: boolean;
}

/** Creates tags. @returns those that were made or moved. */
export async function saveTags(
  tx: Transaction,
  { repositoryId, digestByTag, overwrite }: TagsToSave,
  now: Date,
): Promise<ReadonlySet<Tag>> {
  const saved = new Set<Tag>();
  for (const some of chunks(
    inOrder([...digestByTag], ([tag]) => tag),
    4,
  )) {
    const values = some.map(([name, digest]) => ({
      repository_id: repositoryId,
      name,
      digest,
      updated_at: now.getTime(),
    }));
    const rows = await tx.build((kysely) =>
      kysely
        .insertInto('tags')
        .values(values)
        .onConflict((conflict) => {
          const same = conflict.columns(['repository_id', 'name']);
          if (!overwrite) return same.doNothing();
          return same.doUpdateSet(({ ref }) => ({ digest: ref('excluded.digest'), updated_at: now.getTime() }));
        })
        .returning('name'),
    );
    for (const { name } of rows) saved.add(name);
  }
  return saved;
}

function columnsOf(row: ManifestRow, now: Date) {
  return {
    repository_id: row.repositoryId,
    digest: row.digest,
    media_type: row.mediaType,
    size: row.size,
    artifact_type: row.artifactType,
    subject: row.subject,
    annotations: row.annotations,
    depth: row.depth,
    pushed_at: now.getTime(),
    expires_at: row.expiresAt,
  };
}

/** Two transactions that write the same rows must not wait for each other. */
function inOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return items.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function* chunks<Item>(items: readonly Item[], parametersEach: number): Generator<readonly Item[]> {
  const size = Math.floor(PARAMETERS_PER_STATEMENT / parametersEach);
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
