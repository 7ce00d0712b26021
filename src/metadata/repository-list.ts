import { expressionBuilder, sql, type Kysely } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { numbers } from './list-parameters.ts';
import type { RepositoryKey } from './repositories.ts';
import type { Schema } from './schema.ts';
import type { Direction } from './tag-pages.ts';

/** A repository, and how much it holds. Times are milliseconds since the epoch. */
export interface RepositorySummary {
  readonly name: RepositoryName;
  readonly createdAt: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  /** Of blobs and manifests, each once. */
  readonly bytes: number;
  /** Of these, what no other repository has. */
  readonly uniqueBytes: number;
  /** When a tag was set last. */
  readonly pushedAt: number | null;
  /** When anything was pulled last, as far as pulls are counted. */
  readonly pulledAt: number | null;
}

const byName = query((db, parameter: Parameter<{ name: RepositoryName }>) =>
  summaries(db).where('repositories.name', '=', parameter('name')),
);

const byId = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  summaries(db).where('repositories.id', 'in', numbers(parameter('ids'))),
);

interface Between {
  readonly from: string;
  readonly until: string;
  readonly limit: number;
}

function between(direction: Direction) {
  return query((db, parameter: Parameter<Between>) =>
    db
      .selectFrom('repositories')
      .select(['id', 'name'])
      .where('repositories.name', '>=', parameter('from') as RepositoryName) // any text may be a bound
      .where('repositories.name', '<', parameter('until') as RepositoryName)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('manifests')
            .select('manifests.digest')
            .whereRef('manifests.repository_id', '=', 'repositories.id'),
        ),
      )
      .orderBy('repositories.name', direction === 'ascending' ? 'asc' : 'desc')
      .limit(parameter('limit')),
  );
}

const BETWEEN = { ascending: between('ascending'), descending: between('descending') };

function summaries(db: Kysely<Schema>) {
  return db
    .selectFrom('repositories')
    .select(['repositories.name', 'repositories.created_at as createdAt'])
    .select([
      held('tags').as('tags'),
      held('manifests').as('manifests'),
      held('blobs').as('blobs'),
      held('blob_bytes').as('blobBytes'),
      held('unique_bytes').as('uniqueBlobBytes'),
      held('manifest_bytes').as('manifestBytes'),
      sql<number | null>`(select max(updated_at) from tags where tags.repository_id = repositories.id)`.as('pushedAt'),
      sql<number | null>`(select max(pulled_at) from pulls where pulls.repository_id = repositories.id)`.as('pulledAt'),
    ]);
}

/** Its usage lies in several rows. */
function held(column: 'tags' | 'manifests' | 'blobs' | 'blob_bytes' | 'unique_bytes' | 'manifest_bytes') {
  const { selectFrom } = expressionBuilder<Schema, 'repositories'>();
  return selectFrom('repository_usage')
    .select(({ fn }) => fn.sum<number | null>(`repository_usage.${column}`).as('sum'))
    .whereRef('repository_usage.repository_id', '=', 'repositories.id');
}

type Row = Awaited<ReturnType<ReturnType<typeof summaries>['execute']>>[number];

export async function findRepositorySummary(
  db: Queryable,
  name: RepositoryName,
): Promise<RepositorySummary | undefined> {
  const row = await db.first(byName, { name });
  return row === undefined ? undefined : summaryOf(row);
}

/** Of those of these repositories that there are, in no order. */
export async function listRepositorySummaries(
  db: Queryable,
  ids: readonly number[],
): Promise<readonly RepositorySummary[]> {
  if (ids.length === 0) return [];
  return (await db.all(byId, { ids })).map(summaryOf);
}

export interface NameRange {
  /** Names that begin so. */
  readonly prefix: string;
  /** Strictly behind this one, in the direction of the walk; `undefined`: all. */
  readonly after: string | undefined;
  readonly direction: Direction;
  readonly limit: number;
}

/** Those that hold a manifest, by name. */
export function listFilledRepositories(
  db: Queryable,
  { prefix, after, direction, limit }: NameRange,
): Promise<readonly RepositoryKey[]> {
  // No character of a name comes behind `~`, and none before a space.
  let [from, until] = [prefix, `${prefix}~`];
  if (after !== undefined && direction === 'ascending' && `${after} ` > from) from = `${after} `;
  if (after !== undefined && direction === 'descending' && after < until) until = after;
  return db.all(BETWEEN[direction], { from, until, limit });
}

function summaryOf(row: Row): RepositorySummary {
  const { name, createdAt, tags, manifests, blobs, pushedAt, pulledAt } = row;
  const manifestBytes = row.manifestBytes ?? 0;
  return {
    name,
    createdAt,
    tags: tags ?? 0,
    manifests: manifests ?? 0,
    blobs: blobs ?? 0,
    bytes: (row.blobBytes ?? 0) + manifestBytes,
    uniqueBytes: (row.uniqueBlobBytes ?? 0) + manifestBytes,
    pushedAt,
    pulledAt,
  };
}
