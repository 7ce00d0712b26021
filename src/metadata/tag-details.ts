import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';

/** What people want to know of a manifest. Times are milliseconds since the epoch. */
export interface ManifestDetails {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: Digest | null;
  /** Of the manifest itself, in bytes. */
  readonly size: number;
  readonly pushedAt: number;
  readonly expiresAt: number | null;
  readonly pulledAt: number | null;
  readonly pulledBy: string | null;
  readonly pulls: number | null;
  readonly platform: string | null;
  /** When it was built, as its config has it. */
  readonly builtAt: number | null;
  /** JSON objects of strings. */
  readonly annotations: string | null;
  readonly labels: string | null;
}

export interface TagDetails extends Omit<ManifestDetails, 'annotations' | 'labels'> {
  readonly name: Tag;
  /** When it was last set. */
  readonly updatedAt: number;
}

const DETAILS = [
  'manifests.digest',
  'manifests.media_type as mediaType',
  'manifests.artifact_type as artifactType',
  'manifests.subject',
  'manifests.size',
  'manifests.pushed_at as pushedAt',
  'manifests.expires_at as expiresAt',
  'pulls.pulled_at as pulledAt',
  'pulls.principal_name as pulledBy',
  'pulls.count as pulls',
  'image_details.platform',
  'image_details.created_at as builtAt',
] as const;

const ofTags = query((db, parameter: Parameter<{ repositoryId: number; after: string; limit: number }>) =>
  db
    .selectFrom('tags')
    .innerJoin('manifests', (join) =>
      join.onRef('manifests.repository_id', '=', 'tags.repository_id').onRef('manifests.digest', '=', 'tags.digest'),
    )
    .leftJoin('pulls', (join) =>
      join.onRef('pulls.repository_id', '=', 'manifests.repository_id').onRef('pulls.digest', '=', 'manifests.digest'),
    )
    .leftJoin('image_details', 'image_details.digest', 'manifests.digest')
    .select(['tags.name', 'tags.updated_at as updatedAt', ...DETAILS])
    .where('tags.repository_id', '=', parameter('repositoryId'))
    .where('tags.name', '>', parameter('after') as Tag) // any text may be a lower bound
    .orderBy('tags.name')
    .limit(parameter('limit')),
);

const ofManifest = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .selectFrom('manifests')
    .leftJoin('pulls', (join) =>
      join.onRef('pulls.repository_id', '=', 'manifests.repository_id').onRef('pulls.digest', '=', 'manifests.digest'),
    )
    .leftJoin('image_details', 'image_details.digest', 'manifests.digest')
    .select([...DETAILS, 'manifests.annotations', 'image_details.labels'])
    .where('manifests.repository_id', '=', parameter('repositoryId'))
    .where('manifests.digest', '=', parameter('digest')),
);

/** By name, in byte order, strictly after `after`. */
export function listTagDetails(
  db: Queryable,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<readonly TagDetails[]> {
  return db.all(ofTags, { repositoryId, after, limit });
}

export function findManifestDetails(
  db: Queryable,
  repositoryId: number,
  digest: Digest,
): Promise<ManifestDetails | undefined> {
  return db.first(ofManifest, { repositoryId, digest });
}
