import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';

/** Who else has a blob that a manifest names. */
export interface LayerSharing {
  readonly digest: Digest;
  /** Repositories besides this one; counted to {@link MOST_SHARING}. */
  readonly otherRepositories: number;
  /** Manifests besides this one, in all repositories; counted to {@link MOST_SHARING}. */
  readonly otherManifests: number;
}

export const MOST_SHARING = 100;

/** Names that are looked through for those that somebody may see. */
const MOST_NAMES = 2000;

interface Asked {
  readonly repositoryId: number;
  readonly manifest: Digest;
  readonly digests: readonly Digest[];
}

const counted = query((db, parameter: Parameter<Asked>) =>
  db
    .selectFrom('links')
    .select('links.digest')
    .select([
      sql<number>`(
        select count(*) from (
          select 1 from links as others join repositories on repositories.id = others.repository_id
          where others.digest = links.digest and others.repository_id <> links.repository_id
          limit ${sql.lit(MOST_SHARING)}
        ) as few
      )`.as('otherRepositories'),
      sql<number>`(
        select count(*) from (
          select 1 from links as holders
          join repositories on repositories.id = holders.repository_id
          join manifest_edges as edges
            on edges.repository_id = holders.repository_id and edges.digest = holders.digest
          where holders.digest = links.digest
            and (edges.repository_id <> links.repository_id or edges.manifest_digest <> ${parameter('manifest')})
          limit ${sql.lit(MOST_SHARING)}
        ) as few
      )`.as('otherManifests'),
    ])
    .where('links.repository_id', '=', parameter('repositoryId'))
    .where('links.digest', 'in', parameter('digests')),
);

const named = query((db, parameter: Parameter<Omit<Asked, 'manifest'> & { limit: number }>) =>
  db
    .selectFrom('links')
    .innerJoin('repositories', 'repositories.id', 'links.repository_id')
    .select(['links.digest', 'repositories.name'])
    .where('links.digest', 'in', parameter('digests'))
    .where('links.repository_id', '<>', parameter('repositoryId'))
    .limit(parameter('limit')),
);

/** Of those of these blobs that the repository may serve. */
export async function countSharing(db: Queryable, asked: Asked): Promise<readonly LayerSharing[]> {
  return asked.digests.length === 0 ? [] : await db.all(counted, asked);
}

/** Some of the other repositories that have these blobs: popular ones are in more than are looked at. */
export async function listSharers(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly { readonly digest: Digest; readonly name: RepositoryName }[]> {
  return digests.length === 0 ? [] : await db.all(named, { repositoryId, digests, limit: MOST_NAMES });
}
