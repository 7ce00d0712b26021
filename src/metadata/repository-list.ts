import { expressionBuilder, type Kysely } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { Schema } from './schema.ts';

/** A repository, and how much it holds. */
export interface RepositorySummary {
  readonly name: RepositoryName;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  /** Of blobs and manifests, each once. */
  readonly bytes: number;
}

const byName = query((db, parameter: Parameter<{ name: RepositoryName }>) =>
  summaries(db).where('repositories.name', '=', parameter('name')),
);

const between = query((db, parameter: Parameter<{ after: string; from: string; end: string; limit: number }>) =>
  summaries(db)
    .where('repositories.name', '>', parameter('after') as RepositoryName) // any text may be a bound
    .where('repositories.name', '>=', parameter('from') as RepositoryName)
    .where('repositories.name', '<', parameter('end') as RepositoryName)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifests').select('manifests.digest').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .orderBy('repositories.name')
    .limit(parameter('limit')),
);

function summaries(db: Kysely<Schema>) {
  return db
    .selectFrom('repositories')
    .select(['repositories.name', 'repositories.created_at as createdAt'])
    .select([
      held('tags').as('tags'),
      held('manifests').as('manifests'),
      held('blobs').as('blobs'),
      held('blob_bytes').as('blobBytes'),
      held('manifest_bytes').as('manifestBytes'),
    ]);
}

/** Its usage lies in several rows. */
function held(column: 'tags' | 'manifests' | 'blobs' | 'blob_bytes' | 'manifest_bytes') {
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

/** Those that hold a manifest and whose names begin with `prefix`, by name, strictly after `after`. */
export async function listRepositorySummaries(
  db: Queryable,
  { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
): Promise<readonly RepositorySummary[]> {
  // No character of a name comes behind `~`.
  return (await db.all(between, { after, from: prefix, end: `${prefix}~`, limit })).map(summaryOf);
}

function summaryOf(row: Row): RepositorySummary {
  const { name, createdAt, tags, manifests, blobs } = row;
  return {
    name,
    createdAt,
    tags: tags ?? 0,
    manifests: manifests ?? 0,
    blobs: blobs ?? 0,
    bytes: (row.blobBytes ?? 0) + (row.manifestBytes ?? 0),
  };
}
