import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { RepositoryContentKey } from './repository-content-range.ts';

/** What decides whether a manifest stays, besides other manifests. */
export interface JudgedManifest {
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  readonly subject: Digest | null;
  readonly isTagged: boolean;
}

const named = query((db, parameter: Parameter<RepositoryContentKey>) =>
  db
    .selectFrom('manifest_edges')
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('manifest_digest', '=', parameter('digest')),
);

const naming = query((db, parameter: Parameter<RepositoryContentKey>) =>
  db
    .selectFrom('manifest_edges')
    .select('manifest_digest as digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

const referring = query((db, parameter: Parameter<RepositoryContentKey>) =>
  db
    .selectFrom('manifests')
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('subject', '=', parameter('digest')),
);

const judged = query((db, parameter: Parameter<RepositoryContentKey>) =>
  db
    .selectFrom('manifests')
    .select((expression) => [
      'pushed_at as pushedAt',
      'subject',
      expression
        .selectFrom('tags')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('tags.repository_id', '=', 'manifests.repository_id')
        .whereRef('tags.digest', '=', 'manifests.digest')
        .as('tags'),
    ])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

const link = query((db, parameter: Parameter<RepositoryContentKey>) =>
  db
    .selectFrom('links')
    .select('linked_at as linkedAt')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

const linking = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db.selectFrom('links').select('repository_id as repositoryId').where('digest', '=', parameter('digest')),
);

const blob = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db.selectFrom('blobs').select(['size', 'created_at as createdAt']).where('digest', '=', parameter('digest')),
);

/** What a manifest names: blobs and manifests. */
export async function listNamed(db: Queryable, manifest: RepositoryContentKey): Promise<readonly Digest[]> {
  return (await db.all(named, manifest)).map(({ digest }) => digest);
}

/** The manifests of the repository that name this content. */
export async function listNaming(db: Queryable, content: RepositoryContentKey): Promise<readonly Digest[]> {
  return (await db.all(naming, content)).map(({ digest }) => digest);
}

/** The manifests of the repository whose subject this is. */
export async function listReferringTo(db: Queryable, subject: RepositoryContentKey): Promise<readonly Digest[]> {
  return (await db.all(referring, subject)).map(({ digest }) => digest);
}

export async function findJudged(db: Queryable, manifest: RepositoryContentKey): Promise<JudgedManifest | undefined> {
  const row = await db.first(judged, manifest);
  return row === undefined
    ? undefined
    : { pushedAt: row.pushedAt, subject: row.subject, isTagged: (row.tags ?? 0) > 0 };
}

/** When the blob was linked here last, in milliseconds since the epoch. */
export async function findLinkTime(db: Queryable, content: RepositoryContentKey): Promise<number | undefined> {
  return (await db.first(link, content))?.linkedAt;
}

/** The repositories that may serve the blob. */
export async function listLinking(db: Queryable, digest: Digest): Promise<readonly number[]> {
  return (await db.all(linking, { digest })).map(({ repositoryId }) => repositoryId);
}

/** When the blob was recorded, in milliseconds since the epoch, and its size in bytes. */
export function findBlobAge(
  db: Queryable,
  digest: Digest,
): Promise<{ readonly size: number; readonly createdAt: number } | undefined> {
  return db.first(blob, { digest });
}
