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

const DIGESTS_PER_STATEMENT = 2000;

/** Those of these digests that are manifests of the repository, with their tags. */
export async function listDeletable(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly DeletableManifest[]> {
  const found: DeletableManifest[] = [];
  for (const some of parts(digests)) {
    const manifests = await db.build((kysely) =>
      kysely
        .selectFrom('manifests')
        .select(['digest', 'pushed_at as pushedAt'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some),
    );
    const named = await db.build((kysely) =>
      kysely
        .selectFrom('tags')
        .select(['name', 'digest'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some)
        .orderBy('name'),
    );
    const tagsByDigest = Map.groupBy(named, ({ digest }) => digest);
    for (const { digest, pushedAt } of manifests) {
      found.push({ digest, pushedAt, tags: (tagsByDigest.get(digest) ?? []).map(({ name }) => name) });
    }
  }
  return found;
}

/** The indexes that name these manifests. */
export async function listNamingIndexes(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly NamingIndex[]> {
  const found: NamingIndex[] = [];
  for (const some of parts(digests)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('manifest_edges')
        .select(['manifest_digest as index', 'digest as child'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some),
    );
    found.push(...rows);
  }
  return found;
}

/** The manifest that was pushed last. Looks at all of them. */
export function findNewestPush(
  db: Queryable,
  repositoryId: number,
): Promise<Omit<DeletableManifest, 'tags'> | undefined> {
  return db.first(newest, { repositoryId });
}

function* parts(digests: readonly Digest[]): Generator<readonly Digest[]> {
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    yield digests.slice(start, start + DIGESTS_PER_STATEMENT);
  }
}
