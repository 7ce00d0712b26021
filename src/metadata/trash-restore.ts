import { sql, type Kysely } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { Schema } from './schema.ts';
import { MANIFEST_COLUMNS, type TrashMove } from './trash-content.ts';
import { nothingKeeps } from './untagged-manifests.ts';

/*
 * From the tables of the trash back into the live ones.
 */

const DIGESTS_PER_STATEMENT = 2000;

const tagPlaced = query((db, parameter: Parameter<TrashMove & { tag: Tag; now: number }>) =>
  db
    .insertInto('tags')
    .columns(['repository_id', 'name', 'digest', 'updated_at'])
    .expression(
      db
        .selectFrom('trashed_tags')
        .innerJoin('repositories', (join) => join.on('repositories.id', '=', parameter('repositoryId')))
        .select(['repositories.id', 'trashed_tags.name', 'trashed_tags.digest', 'trashed_tags.updated_at'])
        .where('trashed_tags.trash_id', '=', parameter('trashId'))
        .where('trashed_tags.name', '=', parameter('tag')),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('digest'),
);

const tagRemoved = query((db, parameter: Parameter<{ trashId: number; tag: Tag }>) =>
  db.deleteFrom('trashed_tags').where('trash_id', '=', parameter('trashId')).where('name', '=', parameter('tag')),
);

const restCounted = query((db, parameter: Parameter<{ trashId: number }>) =>
  db.selectNoFrom(({ exists, selectFrom }) => [
    exists(selectFrom('trashed_manifests').select('digest').where('trash_id', '=', parameter('trashId'))).as(
      'manifests',
    ),
    exists(selectFrom('trashed_tags').select('digest').where('trash_id', '=', parameter('trashId'))).as('tags'),
  ]),
);

/** Makes a tag of the entry again, unless there is one of that name by now. @returns whether it was made. */
export async function placeTrashedTag(tx: Transaction, move: TrashMove, tag: Tag, now: Date): Promise<boolean> {
  const { trashId, repositoryId } = move;
  if ((await tx.first(tagPlaced, { trashId, repositoryId, tag, now: now.getTime() })) === undefined) return false;
  await dropTrashedTag(tx, trashId, tag);
  return true;
}

export async function dropTrashedTag(tx: Transaction, trashId: number, tag: Tag): Promise<void> {
  await tx.all(tagRemoved, { trashId, tag });
}

/** Whether anything hangs on the entry. */
export async function holdsAnything(db: Queryable, trashId: number): Promise<boolean> {
  const rest = await db.first(restCounted, { trashId });
  return Boolean(rest?.manifests) || Boolean(rest?.tags);
}

export interface Sized {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** What restoring these manifests would add to what the repository holds. */
export async function listAdditions(
  db: Queryable,
  { trashId, repositoryId }: TrashMove,
  digests: readonly Digest[],
): Promise<{ readonly manifests: readonly Sized[]; readonly blobs: readonly Sized[] }> {
  const manifests: Sized[] = [];
  const blobs: Sized[] = [];
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    const some = digests.slice(start, start + DIGESTS_PER_STATEMENT);
    manifests.push(...(await db.build((kysely) => addedManifests(kysely, { trashId, repositoryId }, some))));
    blobs.push(...(await db.build((kysely) => addedBlobs(kysely, { trashId, repositoryId }, some))));
  }
  return { manifests, blobs };
}

function addedManifests(db: Kysely<Schema>, { trashId, repositoryId }: TrashMove, digests: readonly Digest[]) {
  return db
    .selectFrom('trashed_manifests')
    .select(['trashed_manifests.digest', 'trashed_manifests.size'])
    .where('trash_id', '=', trashId)
    .where('trashed_manifests.digest', 'in', digests)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifests')
            .select('manifests.digest')
            .where('manifests.repository_id', '=', repositoryId)
            .whereRef('manifests.digest', '=', 'trashed_manifests.digest'),
        ),
      ),
    );
}

function addedBlobs(db: Kysely<Schema>, { trashId, repositoryId }: TrashMove, digests: readonly Digest[]) {
  return db
    .selectFrom('trashed_edges')
    .innerJoin('blobs', 'blobs.digest', 'trashed_edges.digest')
    .select(['blobs.digest', 'blobs.size'])
    .distinct()
    .where('trashed_edges.trash_id', '=', trashId)
    .where('trashed_edges.is_linked', '=', 1)
    .where('trashed_edges.manifest_digest', 'in', digests)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('links')
            .select('links.digest')
            .where('links.repository_id', '=', repositoryId)
            .whereRef('links.digest', '=', 'blobs.digest'),
        ),
      ),
    );
}

/**
 * Brings manifests of the entry back, with what they name; the repository may serve again what it could then, as far as it
 * is recorded. One that was pushed again meanwhile stays as it is. Their time in `links` is now, so that garbage
 * collection leaves them alone.
 */
export async function restoreManifests(
  tx: Transaction,
  move: TrashMove,
  { digests, now }: { readonly digests: readonly Digest[]; readonly now: Date },
): Promise<void> {
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    const some = digests.slice(start, start + DIGESTS_PER_STATEMENT);
    await returnRows(tx, move, { digests: some, now });
    await returnEdges(tx, move, some);
    await returnLinks(tx, move, { digests: some, now });
    for (const [table, column] of [
      ['trashed_edges', 'manifest_digest'],
      ['trashed_manifests', 'digest'],
    ] as const) {
      await tx.build((db) =>
        db.deleteFrom(table).where('trash_id', '=', move.trashId).where(sql.ref(column), 'in', some),
      );
    }
  }
}

interface Returned {
  readonly digests: readonly Digest[];
  readonly now: Date;
}

/** One whose time was over is not taken away again: somebody wants it after all. */
async function returnRows(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  { digests, now }: Returned,
): Promise<void> {
  await tx.build((db) =>
    db
      .insertInto('manifests')
      .columns(MANIFEST_COLUMNS)
      .expression(
        db
          .selectFrom('trashed_manifests')
          .innerJoin('repositories', (join) => join.on('repositories.id', '=', repositoryId))
          .select((eb) => [
            'repositories.id',
            'trashed_manifests.digest',
            'trashed_manifests.media_type',
            'trashed_manifests.size',
            'trashed_manifests.artifact_type',
            'trashed_manifests.subject',
            'trashed_manifests.annotations',
            'trashed_manifests.depth',
            'trashed_manifests.pushed_at',
            eb
              .case()
              .when('trashed_manifests.expires_at', '>', now.getTime())
              .then(eb.ref('trashed_manifests.expires_at'))
              .end()
              .as('expires_at'),
          ])
          .where('trashed_manifests.trash_id', '=', trashId)
          .where('trashed_manifests.digest', 'in', digests),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
}

async function returnEdges(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  digests: readonly Digest[],
): Promise<void> {
  await tx.build((db) =>
    db
      .insertInto('manifest_edges')
      .columns(['repository_id', 'manifest_digest', 'kind', 'digest'])
      .expression(
        db
          .selectFrom('trashed_edges')
          .innerJoin('repositories', (join) => join.on('repositories.id', '=', repositoryId))
          .select(['repositories.id', 'trashed_edges.manifest_digest', 'trashed_edges.kind', 'trashed_edges.digest'])
          .where('trashed_edges.trash_id', '=', trashId)
          .where('trashed_edges.manifest_digest', 'in', digests),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
}

async function returnLinks(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  { digests, now }: Returned,
): Promise<void> {
  const rows = await tx.build((db) =>
    db
      .selectFrom('trashed_edges')
      .innerJoin('blobs', 'blobs.digest', 'trashed_edges.digest')
      .select('trashed_edges.digest')
      .distinct()
      .where('trashed_edges.trash_id', '=', trashId)
      .where('trashed_edges.is_linked', '=', 1)
      .where('trashed_edges.manifest_digest', 'in', digests)
      .orderBy('trashed_edges.digest'),
  );
  for (let start = 0; start < rows.length; start += DIGESTS_PER_STATEMENT) {
    const values = rows
      .slice(start, start + DIGESTS_PER_STATEMENT)
      .map(({ digest }) => ({ repository_id: repositoryId, digest, linked_at: now.getTime() }));
    await tx.build((db) =>
      db
        .insertInto('links')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'digest']).doUpdateSet({ linked_at: now.getTime() }),
        ),
    );
  }
}

/**
 * Of these manifests, those that nothing keeps count as pushed now, so that garbage collection leaves them for the grace
 * time. The others keep the time they were pushed at, by which policies put them in order.
 */
export async function renewUnkept(
  tx: Transaction,
  repositoryId: number,
  { digests, now }: { readonly digests: readonly Digest[]; readonly now: Date },
): Promise<void> {
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    const some = digests.slice(start, start + DIGESTS_PER_STATEMENT);
    await tx.build((db) =>
      db
        .updateTable('manifests')
        .set({ pushed_at: now.getTime() })
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some)
        .where(nothingKeeps()),
    );
  }
}
