import { sql } from 'kysely';
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
  /** Name of who moved it last, as far back as history goes. */
  readonly setBy: string | null;
  /** How many more tags name the manifest; counted to {@link MOST_OTHER_TAGS}. */
  readonly otherTags: number;
  /** How many manifests an index names. */
  readonly children: number;
  /** Of those, at most {@link MOST_PLATFORMS}, each once and with a space between; `null`: none is known. */
  readonly platforms: string | null;
}

export const MOST_OTHER_TAGS = 100;
export const MOST_PLATFORMS = 20;

/** What attestations beside images call themselves. */
const NO_PLATFORM = 'unknown/unknown';

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

const ofTags = query((db, parameter: Parameter<{ repositoryId: number; names: readonly Tag[] }>) =>
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
    .select([setBy, otherTags, children, platforms])
    .where('tags.repository_id', '=', parameter('repositoryId'))
    .where('tags.name', 'in', parameter('names')),
);

const setBy = sql<string | null>`(
  select principal_name from tag_moves where repository_id = tags.repository_id and tag = tags.name
  order by id desc limit 1
)`.as('setBy');

const otherTags = sql<number>`(
  select count(*) from (
    select 1 from tags as others
    where others.repository_id = tags.repository_id and others.digest = tags.digest and others.name <> tags.name
    limit ${sql.lit(MOST_OTHER_TAGS)}
  ) as few
)`.as('otherTags');

const children = sql<number>`(
  select count(*) from manifest_edges as edges
  where edges.repository_id = manifests.repository_id and edges.manifest_digest = manifests.digest
    and edges.kind = 'manifest'
)`.as('children');

const platforms = sql<string | null>`(
  select string_agg(few.platform, ' ') from (
    select distinct details.platform from manifest_edges as edges
    join image_details as details on details.digest = edges.digest
    where edges.repository_id = manifests.repository_id and edges.manifest_digest = manifests.digest
      and edges.kind = 'manifest' and details.platform is not null and details.platform <> ${sql.lit(NO_PLATFORM)}
    order by details.platform limit ${sql.lit(MOST_PLATFORMS)}
  ) as few
)`.as('platforms');

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

/** Of those of these tags that there are, in the order of the names. */
export async function listTagDetails(
  db: Queryable,
  repositoryId: number,
  names: readonly Tag[],
): Promise<readonly TagDetails[]> {
  if (names.length === 0) return [];
  const rows = await db.all(ofTags, { repositoryId, names });
  const byName = new Map(rows.map((row) => [row.name, row]));
  return names.map((name) => byName.get(name)).filter((row) => row !== undefined);
}

export function findManifestDetails(
  db: Queryable,
  repositoryId: number,
  digest: Digest,
): Promise<ManifestDetails | undefined> {
  return db.first(ofManifest, { repositoryId, digest });
}
