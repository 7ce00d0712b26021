import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Transaction } from './database.ts';

/*
 * From the live tables into those of the trash. What is there is moved by the database: nothing of it passes through us
 * but the names that are told to others.
 */

/** Where things are taken from, and the entry that gets them. */
export interface TrashMove {
  readonly trashId: number;
  readonly repositoryId: number;
}

/** A tag that was taken away, and what it named. */
export interface TakenTag {
  readonly tag: Tag;
  readonly digest: Digest;
}

const tagTaken = query((db, parameter: Parameter<TrashMove & { tag: Tag }>) =>
  db
    .insertInto('trashed_tags')
    .columns(['trash_id', 'name', 'digest', 'updated_at'])
    .expression(
      db
        .selectFrom('tags')
        .innerJoin('trash', (join) => join.on('trash.id', '=', parameter('trashId')))
        .select(['trash.id', 'tags.name', 'tags.digest', 'tags.updated_at'])
        .where('tags.repository_id', '=', parameter('repositoryId'))
        .where('tags.name', '=', parameter('tag')),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['trash_id', 'name'])
        .doUpdateSet(({ ref }) => ({ digest: ref('excluded.digest'), updated_at: ref('excluded.updated_at') })),
    ),
);

const tagRemoved = query((db, parameter: Parameter<{ repositoryId: number; tag: Tag }>) =>
  db
    .deleteFrom('tags')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '=', parameter('tag'))
    .returning(['name as tag', 'digest']),
);

const repositoryTaken = query((db, parameter: Parameter<TrashMove>) =>
  db
    .insertInto('trashed_repositories')
    .columns(['id', 'trash_id', 'name', 'created_at'])
    .expression(
      db
        .selectFrom('repositories')
        .innerJoin('trash', (join) => join.on('trash.id', '=', parameter('trashId')))
        .select(['repositories.id', 'trash.id as trash_id', 'repositories.name', 'repositories.created_at'])
        .where('repositories.id', '=', parameter('repositoryId')),
    ),
);

/** Manifests of one repository, and the entry that gets them. */
type ManyMoved = TrashMove & { readonly digests: readonly Digest[] };

/** Whether the repository could serve each of the blobs is written down: only that is given back. */
const edgesTaken = query((db, parameter: Parameter<ManyMoved>) =>
  db
    .insertInto('trashed_edges')
    .columns(['trash_id', 'manifest_digest', 'kind', 'digest', 'is_linked'])
    .expression(
      db
        .selectFrom('manifest_edges')
        .innerJoin('trash', (join) => join.on('trash.id', '=', parameter('trashId')))
        .leftJoin('links', (join) =>
          join
            .onRef('links.repository_id', '=', 'manifest_edges.repository_id')
            .onRef('links.digest', '=', 'manifest_edges.digest'),
        )
        .select((eb) => [
          'trash.id',
          'manifest_edges.manifest_digest',
          'manifest_edges.kind',
          'manifest_edges.digest',
          eb.case().when('links.digest', 'is', null).then(eb.lit(0)).else(eb.lit(1)).end().as('is_linked'),
        ])
        .where('manifest_edges.repository_id', '=', parameter('repositoryId'))
        .where('manifest_edges.manifest_digest', 'in', parameter('digests')),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['trash_id', 'manifest_digest', 'digest', 'kind'])
        .doUpdateSet(({ ref }) => ({ is_linked: ref('excluded.is_linked') }))
        .where('trashed_edges.is_linked', '=', 0),
    ),
);

const rowsTaken = query((db, parameter: Parameter<ManyMoved>) =>
  db
    .insertInto('trashed_manifests')
    .columns(['trash_id', ...MANIFEST_COLUMNS])
    .expression(
      db
        .selectFrom('manifests')
        .innerJoin('trash', (join) => join.on('trash.id', '=', parameter('trashId')))
        .select(['trash.id', ...MANIFEST_COLUMNS.map((column) => `manifests.${column}` as const)])
        .where('manifests.repository_id', '=', parameter('repositoryId'))
        .where('manifests.digest', 'in', parameter('digests')),
    )
    .onConflict((conflict) =>
      conflict.columns(['trash_id', 'digest']).doUpdateSet(({ ref }) => ({ pushed_at: ref('excluded.pushed_at') })),
    ),
);

const tagsTaken = query((db, parameter: Parameter<ManyMoved>) =>
  db
    .insertInto('trashed_tags')
    .columns(['trash_id', 'name', 'digest', 'updated_at'])
    .expression(
      db
        .selectFrom('tags')
        .innerJoin('trash', (join) => join.on('trash.id', '=', parameter('trashId')))
        .select(['trash.id', 'tags.name', 'tags.digest', 'tags.updated_at'])
        .where('tags.repository_id', '=', parameter('repositoryId'))
        .where('tags.digest', 'in', parameter('digests')),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['trash_id', 'name'])
        .doUpdateSet(({ ref }) => ({ digest: ref('excluded.digest'), updated_at: ref('excluded.updated_at') })),
    ),
);

const tagsRemoved = query((db, parameter: Parameter<Omit<ManyMoved, 'trashId'>>) =>
  db
    .deleteFrom('tags')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests'))
    .returning(['name as tag', 'digest']),
);

const edgesRemoved = query((db, parameter: Parameter<Omit<ManyMoved, 'trashId'>>) =>
  db
    .deleteFrom('manifest_edges')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('manifest_digest', 'in', parameter('digests')),
);

const rowsRemoved = query((db, parameter: Parameter<Omit<ManyMoved, 'trashId'>>) =>
  db
    .deleteFrom('manifests')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const blobsUnlinked = query((db, parameter: Parameter<ManyMoved & { before: number }>) =>
  db
    .deleteFrom('links')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('linked_at', '<', parameter('before'))
    .where('digest', 'in', (inner) =>
      inner
        .selectFrom('trashed_edges')
        .select('trashed_edges.digest')
        .where('trashed_edges.trash_id', '=', parameter('trashId'))
        .where('trashed_edges.manifest_digest', 'in', parameter('digests'))
        .where('trashed_edges.is_linked', '=', 1),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_edges')
            .select('manifest_edges.digest')
            .whereRef('manifest_edges.repository_id', '=', 'links.repository_id')
            .whereRef('manifest_edges.digest', '=', 'links.digest'),
        ),
      ),
    ),
);

/** Takes one tag away, and leaves its manifest where it is. @returns what it named; `undefined` when there is none. */
export async function trashTag(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  tag: Tag,
): Promise<TakenTag | undefined> {
  await tx.all(tagTaken, { trashId, repositoryId, tag });
  return tx.first(tagRemoved, { repositoryId, tag });
}

/**
 * Takes the name from a repository: from then on nobody finds what it holds. One row, whatever that is. The row of the
 * repository itself is the caller's to delete.
 */
export async function trashRepositoryName(tx: Transaction, move: TrashMove): Promise<void> {
  await tx.all(repositoryTaken, { trashId: move.trashId, repositoryId: move.repositoryId });
}

/**
 * Takes manifests away, with what they name and every tag that names them. An entry that has one of them already, because
 * it was pushed again meanwhile, keeps it once.
 *
 * @returns the tags.
 */
export async function trashManifests(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  digests: readonly Digest[],
): Promise<readonly TakenTag[]> {
  if (digests.length === 0) return [];
  await tx.all(edgesTaken, { trashId, repositoryId, digests });
  await tx.all(rowsTaken, { trashId, repositoryId, digests });
  await tx.all(tagsTaken, { trashId, repositoryId, digests });
  const taken = await tx.all(tagsRemoved, { repositoryId, digests });
  await tx.all(edgesRemoved, { repositoryId, digests });
  await tx.all(rowsRemoved, { repositoryId, digests });
  return taken;
}

/** Of a manifest, whether it is live or not. */
export const MANIFEST_COLUMNS = [
  'repository_id',
  'digest',
  'media_type',
  'size',
  'artifact_type',
  'subject',
  'annotations',
  'depth',
  'pushed_at',
  'expires_at',
] as const;

/**
 * The repository no longer serves the blobs of manifests that are in the entry: those that no live manifest of it names,
 * and that nobody pushed, mounted or asked for since `before`. Their bytes are kept by the entry.
 */
export async function unlinkTrashedBlobs(
  tx: Transaction,
  { trashId, repositoryId }: TrashMove,
  { digests, before }: { readonly digests: readonly Digest[]; readonly before: Date },
): Promise<void> {
  if (digests.length === 0) return;
  await tx.all(blobsUnlinked, { trashId, repositoryId, digests, before: before.getTime() });
}
