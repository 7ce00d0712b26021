import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';

/** What decides whether a manifest may be deleted. */
export interface DeletableManifest {
  readonly digest: Digest;
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  readonly tags: readonly Tag[];
}

/** An index of the repository, and a manifest that it names. */
export interface NamingIndex {
  readonly index: Digest;
  readonly child: Digest;
}

const newest = query((db, parameter: Parameter<{ repositoryId: number }>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'pushed_at as pushedAt'])
    .where('repository_id', '=', parameter('repositoryId'))
    .orderBy('pushed_at', 'desc')
    .limit(1),
);

/** Some manifests of a repository. */
interface Some {
  readonly repositoryId: number;
  readonly digests: readonly Digest[];
}

const pushed = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'pushed_at as pushedAt'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const tagged = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const namingIndexes = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifest_edges')
    .select(['manifest_digest as index', 'digest as child'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

/** Those of these digests that are manifests of the repository, with their tags. */
export async function listDeletable(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly DeletableManifest[]> {
  if (digests.length === 0) return [];
  const manifests = await db.all(pushed, { repositoryId, digests });
  const tagsByDigest = Map.groupBy(await db.all(tagged, { repositoryId, digests }), ({ digest }) => digest);
  return manifests.map(({ digest, pushedAt }) => ({
    digest,
    pushedAt,
    // Not by the database: it would rather read all tags of the repository in that order.
    tags: (tagsByDigest.get(digest) ?? []).map(({ name }) => name).toSorted(),
  }));
}

/** The indexes that name these manifests. */
export async function listNamingIndexes(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly NamingIndex[]> {
  return digests.length === 0 ? [] : db.all(namingIndexes, { repositoryId, digests });
}

/** The manifest that was pushed last. Looks at all of them. */
export function findNewestPush(
  db: Queryable,
  repositoryId: number,
): Promise<Omit<DeletableManifest, 'tags'> | undefined> {
  return db.first(newest, { repositoryId });
}
