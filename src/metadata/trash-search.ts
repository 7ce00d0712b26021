import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { AFTER_ALL, BEFORE_ALL } from './stretch.ts';

/*
 * What hangs on entries of the trash. Repositories are known by their names here: one that was deleted and made again has
 * another number, and what was deleted before can still be restored.
 */

const DIGESTS_PER_STATEMENT = 2000;

/** A manifest in an entry. */
export interface TrashedManifestKey {
  readonly trashId: number;
  readonly digest: Digest;
}

export interface TrashedTag {
  readonly tag: Tag;
  readonly digest: Digest;
}

const tagsOf = query((db, parameter: Parameter<{ trashId: number }>) =>
  db
    .selectFrom('trashed_tags')
    .select(['name as tag', 'digest'])
    .where('trash_id', '=', parameter('trashId'))
    .orderBy('name'),
);

const tagsBetween = query((db, parameter: Parameter<{ trashId: number; from: Tag; to: Tag }>) =>
  db
    .selectFrom('trashed_tags')
    .select(['name as tag', 'digest'])
    .where('trash_id', '=', parameter('trashId'))
    .where('name', '>=', parameter('from'))
    .where('name', '<', parameter('to'))
    .orderBy('name'),
);

const manifestsOf = query((db, parameter: Parameter<{ trashId: number; after: Digest; end: Digest }>) =>
  db
    .selectFrom('trashed_manifests')
    .select('digest')
    .where('trash_id', '=', parameter('trashId'))
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end'))
    .orderBy('digest'),
);

interface OfRepository {
  readonly repository: RepositoryName;
  readonly now: number;
}

const withTag = query((db, parameter: Parameter<OfRepository & { tag: Tag }>) =>
  db
    .selectFrom('trash')
    .innerJoin('trashed_tags', 'trashed_tags.trash_id', 'trash.id')
    .select('trash.id')
    .where('trash.repository', '=', parameter('repository'))
    .where('trash.expires_at', '>', parameter('now'))
    .where('trashed_tags.name', '=', parameter('tag'))
    .orderBy('trash.id', 'desc')
    .limit(1),
);

const withManifest = query((db, parameter: Parameter<OfRepository & { digest: Digest }>) =>
  db
    .selectFrom('trashed_manifests')
    .innerJoin('trash', 'trash.id', 'trashed_manifests.trash_id')
    .select('trash.id')
    .where('trash.repository', '=', parameter('repository'))
    .where('trash.expires_at', '>', parameter('now'))
    .where('trashed_manifests.digest', '=', parameter('digest'))
    .orderBy('trash.id', 'desc')
    .limit(1),
);

const wholeRepository = query((db, parameter: Parameter<OfRepository>) =>
  db
    .selectFrom('trash')
    .select('trash.id')
    .where('trash.repository', '=', parameter('repository'))
    .where('trash.expires_at', '>', parameter('now'))
    .where('trash.kind', '=', 'repository')
    .orderBy('trash.id', 'desc')
    .limit(1),
);

/** The newest entry that has this tag. */
export async function findTrashOfTag(
  db: Queryable,
  { repository, tag }: { readonly repository: RepositoryName; readonly tag: Tag },
  now: Date,
): Promise<number | undefined> {
  return (await db.first(withTag, { repository, tag, now: now.getTime() }))?.id;
}

/** The newest entry that has this manifest. */
export async function findTrashOfManifest(
  db: Queryable,
  { repository, digest }: { readonly repository: RepositoryName; readonly digest: Digest },
  now: Date,
): Promise<number | undefined> {
  return (await db.first(withManifest, { repository, digest, now: now.getTime() }))?.id;
}

/** The newest entry that is this repository. */
export async function findTrashOfRepository(
  db: Queryable,
  repository: RepositoryName,
  now: Date,
): Promise<number | undefined> {
  return (await db.first(wholeRepository, { repository, now: now.getTime() }))?.id;
}

export function listTrashedTags(db: Queryable, trashId: number): Promise<readonly TrashedTag[]> {
  return db.all(tagsOf, { trashId });
}

/** The tags of an entry that begin so. */
export function listTrashedTagsThatBegin(
  db: Queryable,
  trashId: number,
  prefix: string,
): Promise<readonly TrashedTag[]> {
  // Any text may be a bound; no character of a tag comes behind `~`.
  return db.all(tagsBetween, { trashId, from: prefix as Tag, to: `${prefix}~` as Tag });
}

export async function listTrashedManifests(db: Queryable, trashId: number): Promise<readonly Digest[]> {
  const rows = await db.all(manifestsOf, { trashId, after: BEFORE_ALL, end: AFTER_ALL });
  return rows.map(({ digest }) => digest);
}

/** Those of these digests that are in the entry. */
export async function filterTrashed(
  db: Queryable,
  trashId: number,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for (const some of parts(digests)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_manifests')
        .select('digest')
        .where('trash_id', '=', trashId)
        .where('digest', 'in', some),
    );
    for (const { digest } of rows) found.add(digest);
  }
  return found;
}

/** The newest entry of each of these manifests that can be restored. */
export async function findTrashedManifests(
  db: Queryable,
  { repository, digests }: { readonly repository: RepositoryName; readonly digests: readonly Digest[] },
  now: Date,
): Promise<ReadonlyMap<Digest, number>> {
  const found = new Map<Digest, number>();
  for (const some of parts(digests)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_manifests')
        .innerJoin('trash', 'trash.id', 'trashed_manifests.trash_id')
        .select(({ fn }) => ['trashed_manifests.digest', fn.max<number>('trash.id').as('trashId')])
        .where('trashed_manifests.digest', 'in', some)
        .where('trash.repository', '=', repository)
        .where('trash.expires_at', '>', now.getTime())
        .groupBy('trashed_manifests.digest'),
    );
    for (const { digest, trashId } of rows) found.set(digest, trashId);
  }
  return found;
}

/** The manifests that indexes in the entry name. */
export async function listTrashedChildren(
  db: Queryable,
  trashId: number,
  indexes: readonly Digest[],
): Promise<readonly { readonly index: Digest; readonly child: Digest }[]> {
  const found: { readonly index: Digest; readonly child: Digest }[] = [];
  for (const some of parts(indexes)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_edges')
        .select(['manifest_digest as index', 'digest as child'])
        .where('trash_id', '=', trashId)
        .where('kind', '=', 'manifest')
        .where('manifest_digest', 'in', some),
    );
    found.push(...rows);
  }
  return found;
}

/** The manifests of the entry whose subject is one of these. */
export async function listTrashedReferrers(
  db: Queryable,
  trashId: number,
  subjects: readonly Digest[],
): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const some of parts(subjects)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_manifests')
        .select('digest')
        .where('trash_id', '=', trashId)
        .where('subject', 'in', some),
    );
    found.push(...rows.map(({ digest }) => digest));
  }
  return found;
}

/**
 * Manifests that a collection took because their subject was gone, which these manifests of the entry are: the newest
 * entry of each that can be restored.
 */
export async function findCollectedReferrers(
  db: Queryable,
  { trashId, subjects }: { readonly trashId: number; readonly subjects: readonly Digest[] },
  now: Date,
): Promise<ReadonlyMap<Digest, number>> {
  const found = new Map<Digest, number>();
  for (const some of parts(subjects)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_manifests as subjects')
        .innerJoin('trashed_manifests as referrers', (join) =>
          join
            .onRef('referrers.repository_id', '=', 'subjects.repository_id')
            .onRef('referrers.subject', '=', 'subjects.digest'),
        )
        .innerJoin('trash', 'trash.id', 'referrers.trash_id')
        .select(({ fn }) => ['referrers.digest', fn.max<number>('trash.id').as('trashId')])
        .where('subjects.trash_id', '=', trashId)
        .where('subjects.digest', 'in', some)
        .where('trash.cause', '=', 'garbage-collection')
        .where('trash.expires_at', '>', now.getTime())
        .groupBy('referrers.digest'),
    );
    for (const { digest, trashId: entry } of rows) found.set(digest, entry);
  }
  return found;
}

function* parts(digests: readonly Digest[]): Generator<readonly Digest[]> {
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    yield digests.slice(start, start + DIGESTS_PER_STATEMENT);
  }
}
