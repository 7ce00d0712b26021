import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** What bytes of a manifest are known by. */
export interface ManifestContentKey {
  readonly digest: Digest;
  readonly mediaType: string;
}

/** A manifest with its bytes: all that a pull needs. */
export interface ManifestContent extends ManifestContentKey, ManifestLife {
  readonly bytes: Uint8Array;
}

/** From when to when a repository has a manifest, in milliseconds since the epoch. */
export interface ManifestLife {
  readonly pushedAt: number;
  /** `null`: it does not end by itself. */
  readonly expiresAt: number | null;
}

export interface ManifestRow {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType: string | null;
  readonly subject: Digest | null;
  /** JSON object of strings. */
  readonly annotations: string | null;
  /** Levels of indexes below: 0 for an image, 1 for an index of images. */
  readonly depth: number;
  /** From then on it is to be deleted, in milliseconds since the epoch; `null`: never by itself. */
  readonly expiresAt: number | null;
}

const KEY = [
  'manifests.digest',
  'manifests.media_type as mediaType',
  'manifests.pushed_at as pushedAt',
  'manifests.expires_at as expiresAt',
] as const;

const byTag = query((db, parameter: Parameter<{ repository: RepositoryName; tag: Tag }>) =>
  db
    .selectFrom('repositories')
    .innerJoin('tags', 'tags.repository_id', 'repositories.id')
    .innerJoin('manifests', (join) =>
      join.onRef('manifests.repository_id', '=', 'tags.repository_id').onRef('manifests.digest', '=', 'tags.digest'),
    )
    .innerJoin('manifest_contents', 'manifest_contents.digest', 'manifests.digest')
    .select([...KEY, 'manifest_contents.bytes'])
    .where('repositories.name', '=', parameter('repository'))
    .where('tags.name', '=', parameter('tag')),
);

const byDigest = query((db, parameter: Parameter<{ repository: RepositoryName; digest: Digest }>) =>
  db
    .selectFrom('repositories')
    .innerJoin('manifests', 'manifests.repository_id', 'repositories.id')
    .innerJoin('manifest_contents', 'manifest_contents.digest', 'manifests.digest')
    .select([...KEY, 'manifest_contents.bytes'])
    .where('repositories.name', '=', parameter('repository'))
    .where('manifests.digest', '=', parameter('digest')),
);

const keyByTag = query((db, parameter: Parameter<{ repository: RepositoryName; tag: Tag }>) =>
  db
    .selectFrom('repositories')
    .innerJoin('tags', 'tags.repository_id', 'repositories.id')
    .innerJoin('manifests', (join) =>
      join.onRef('manifests.repository_id', '=', 'tags.repository_id').onRef('manifests.digest', '=', 'tags.digest'),
    )
    .select(KEY)
    .where('repositories.name', '=', parameter('repository'))
    .where('tags.name', '=', parameter('tag')),
);

const keyByDigest = query((db, parameter: Parameter<{ repository: RepositoryName; digest: Digest }>) =>
  db
    .selectFrom('repositories')
    .innerJoin('manifests', 'manifests.repository_id', 'repositories.id')
    .select(KEY)
    .where('repositories.name', '=', parameter('repository'))
    .where('manifests.digest', '=', parameter('digest')),
);

const contentSaved = query((db, parameter: Parameter<{ digest: Digest; bytes: Uint8Array }>) =>
  db
    .insertInto('manifest_contents')
    .values({ digest: parameter('digest'), bytes: parameter('bytes') })
    .onConflict((conflict) => conflict.column('digest').doNothing()),
);

const saved = query((db, parameter: Parameter<ManifestRow & { now: number }>) =>
  db
    .insertInto('manifests')
    .values({
      repository_id: parameter('repositoryId'),
      digest: parameter('digest'),
      media_type: parameter('mediaType'),
      size: parameter('size'),
      artifact_type: parameter('artifactType'),
      subject: parameter('subject'),
      annotations: parameter('annotations'),
      depth: parameter('depth'),
      pushed_at: parameter('now'),
      expires_at: parameter('expiresAt'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'digest'])
        .doUpdateSet({ pushed_at: parameter('now'), expires_at: parameter('expiresAt') }),
    ),
);

const removed = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .deleteFrom('manifests')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest'))
    .returning('digest'),
);

const depths = query((db, parameter: Parameter<{ repositoryId: number; digests: readonly Digest[] }>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'depth'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const ROW = [
  'repository_id as repositoryId',
  'digest',
  'media_type as mediaType',
  'size',
  'artifact_type as artifactType',
  'subject',
  'annotations',
  'depth',
  'expires_at as expiresAt',
] as const;

const rowsOfMany = query((db, parameter: Parameter<{ repositoryId: number; digests: readonly Digest[] }>) =>
  db
    .selectFrom('manifests')
    .select(ROW)
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

interface ReferringPage {
  readonly repositoryId: number;
  readonly subject: Digest;
  readonly after: string;
  readonly limit: number;
}

const referring = query((db, parameter: Parameter<ReferringPage>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'size'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('subject', '=', parameter('subject'))
    .where('digest', '>', parameter('after') as Digest) // any text may be a lower bound
    .orderBy('digest')
    .limit(parameter('limit')),
);

const referringOfType = query((db, parameter: Parameter<ReferringPage & { artifactType: string }>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'size'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('subject', '=', parameter('subject'))
    .where('artifact_type', '=', parameter('artifactType'))
    .where('digest', '>', parameter('after') as Digest) // any text may be a lower bound
    .orderBy('digest')
    .limit(parameter('limit')),
);

export function findTaggedManifest(
  db: Queryable,
  repository: RepositoryName,
  tag: Tag,
): Promise<ManifestContent | undefined> {
  return db.first(byTag, { repository, tag });
}

export function findManifest(
  db: Queryable,
  repository: RepositoryName,
  digest: Digest,
): Promise<ManifestContent | undefined> {
  return db.first(byDigest, { repository, digest });
}

/** What a tag names now, without its bytes. */
export function findTaggedManifestKey(
  db: Queryable,
  repository: RepositoryName,
  tag: Tag,
): Promise<(ManifestContentKey & ManifestLife) | undefined> {
  return db.first(keyByTag, { repository, tag });
}

/** Whether the repository has this manifest, and as what; without its bytes. */
export function findManifestKey(
  db: Queryable,
  repository: RepositoryName,
  digest: Digest,
): Promise<(ManifestContentKey & ManifestLife) | undefined> {
  return db.first(keyByDigest, { repository, digest });
}

/** Records the manifest and its bytes. Pushing it again only renews the time. */
export async function saveManifest(tx: Transaction, row: ManifestRow, bytes: Uint8Array, now: Date): Promise<void> {
  await tx.all(contentSaved, { digest: row.digest, bytes });
  await tx.all(saved, { ...row, now: now.getTime() });
}

/** Its bytes stay until garbage collection finds that nothing names them. @returns whether there was one. */
export async function deleteManifest(tx: Transaction, repositoryId: number, digest: Digest): Promise<boolean> {
  return (await tx.first(removed, { repositoryId, digest })) !== undefined;
}

/** The depth of each of these digests that is a manifest of the repository. */
export async function findDepths(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  if (digests.length === 0) return new Map();
  const rows = await db.all(depths, { repositoryId, digests });
  return new Map(rows.map(({ digest, depth }) => [digest, depth]));
}

/** The manifests that name `subject`, by digest, strictly after `after`; of one artifact type, if it is given. */
export function listReferring(
  db: Queryable,
  page: ReferringPage,
  artifactType: string | undefined,
): Promise<readonly Pick<ManifestRow, 'digest' | 'size'>[]> {
  return artifactType === undefined ? db.all(referring, page) : db.all(referringOfType, { ...page, artifactType });
}

/** Those of these digests that are manifests of the repository. */
export async function findManifestRows(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly ManifestRow[]> {
  if (digests.length === 0) return [];
  return db.all(rowsOfMany, { repositoryId, digests });
}
