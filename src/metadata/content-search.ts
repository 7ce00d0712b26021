import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';

export interface FoundTag {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
}

export interface FoundManifest {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly mediaType: string;
}

interface Range {
  readonly from: string;
  readonly until: string;
  readonly limit: number;
}

const tags = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('tags')
    .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
    .select(['repositories.name as repository', 'tags.name as tag', 'tags.digest'])
    .where('tags.name', '>=', parameter('from') as Tag) // any text may be a bound
    .where('tags.name', '<', parameter('until') as Tag)
    .orderBy('tags.name')
    .orderBy('tags.repository_id')
    .limit(parameter('limit')),
);

const manifests = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select(['repositories.name as repository', 'manifests.digest', 'manifests.media_type as mediaType'])
    .where(sql<boolean>`manifests.digest >= ${parameter('from')} and manifests.digest < ${parameter('until')}`)
    .orderBy('manifests.digest')
    .limit(parameter('limit')),
);

/** Tags that begin so, in all repositories: a range of an index. */
export function findTagsThatBegin(db: Queryable, prefix: string, limit: number): Promise<readonly FoundTag[]> {
  // No character of a tag comes behind `~`.
  return db.all(tags, { from: prefix, until: `${prefix}~`, limit });
}

/** Manifests whose digests begin so, in all repositories: a range of an index. */
export function findDigestsThatBegin(db: Queryable, prefix: string, limit: number): Promise<readonly FoundManifest[]> {
  return db.all(manifests, { from: prefix, until: `${prefix}~`, limit });
}
