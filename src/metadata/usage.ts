import { sql } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { numbers } from './list-parameters.ts';

/** What a repository holds, as the triggers of the database count it. Sizes in bytes. */
export interface Usage {
  /** Of the blobs it may serve, each once. */
  readonly blobBytes: number;
  /** Of those that no other repository may serve. */
  readonly uniqueBytes: number;
  readonly blobs: number;
  readonly manifestBytes: number;
  readonly manifests: number;
  readonly tags: number;
}

export const NO_USAGE: Usage = { blobBytes: 0, uniqueBytes: 0, blobs: 0, manifestBytes: 0, manifests: 0, tags: 0 };

const COLUMNS = {
  blobBytes: 'blob_bytes',
  uniqueBytes: 'unique_bytes',
  blobs: 'blobs',
  manifestBytes: 'manifest_bytes',
  manifests: 'manifests',
  tags: 'tags',
} as const satisfies Record<keyof Usage, string>;

/** Adds the shards up, as columns of whoever has `repository_usage` in its query. */
export const SUMS = Object.entries(COLUMNS).map(([name, column]) =>
  sql<number>`coalesce(sum(repository_usage.${sql.ref(column)}), 0)`.as(name as keyof Usage),
);

const ofRepository = query((db, parameter: Parameter<{ repositoryId: number }>) =>
  db.selectFrom('repository_usage').select(SUMS).where('repository_id', '=', parameter('repositoryId')),
);

const ofRepositories = query((db, parameter: Parameter<{ repositoryIds: readonly number[] }>) =>
  db
    .selectFrom('repository_usage')
    .select('repository_id as id')
    .select(SUMS)
    .where('repository_id', 'in', numbers(parameter('repositoryIds')))
    .groupBy('repository_id'),
);

const paged = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('repositories')
    .leftJoin('repository_usage', 'repository_usage.repository_id', 'repositories.id')
    .select(['repositories.id', 'repositories.name'])
    .select(SUMS)
    .where('repositories.name', '>', parameter('after') as RepositoryName) // any text may be a lower bound
    .groupBy(['repositories.id', 'repositories.name'])
    .orderBy('repositories.name')
    .limit(parameter('limit')),
);

/** A repository, and what it holds. */
export interface RepositoryUsage extends Usage {
  readonly id: number;
  readonly name: RepositoryName;
}

export async function findUsage(db: Queryable, repositoryId: number): Promise<Usage> {
  return (await db.first(ofRepository, { repositoryId })) ?? NO_USAGE;
}

/** What each of these repositories holds; those that hold nothing may be missing. */
export async function listUsageOf(
  db: Queryable,
  repositoryIds: readonly number[],
): Promise<ReadonlyMap<number, Usage>> {
  if (repositoryIds.length === 0) return new Map();
  const rows = await db.all(ofRepositories, { repositoryIds });
  return new Map(rows.map(({ id, ...usage }) => [id, usage]));
}

/** By name, strictly after `after`. What is in the trash is not there. */
export function listRepositoryUsage(db: Queryable, after: string, limit: number): Promise<readonly RepositoryUsage[]> {
  return db.all(paged, { after, limit });
}
