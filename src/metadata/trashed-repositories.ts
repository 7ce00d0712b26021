import { PostgresAdapter, sql, type Kysely, type RawBuilder } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Built, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { Schema } from './schema.ts';
import { MANIFEST_COLUMNS } from './trash-content.ts';

/** A repository that was deleted whole. */
export interface TrashedRepository {
  readonly id: number;
  readonly name: RepositoryName;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** All that `from` holds is to be in `into`. */
export interface Merge {
  readonly from: number;
  readonly into: number;
}

/** A tag that both have; that of the repository merged from wins. */
export interface LostTag {
  readonly tag: Tag;
  /** Where it was. */
  readonly digest: Digest;
  /** Where it is. */
  readonly winner: Digest;
}

const ofEntry = query((db, parameter: Parameter<{ trashId: number }>) =>
  db
    .selectFrom('trashed_repositories')
    .select(['id', 'name', 'created_at as createdAt'])
    .where('trash_id', '=', parameter('trashId')),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('trashed_repositories').where('id', '=', parameter('id')),
);

const tagsOfBoth = query((db, parameter: Parameter<Merge>) =>
  db
    .selectFrom('tags')
    .innerJoin('tags as winners', 'winners.name', 'tags.name')
    .select(['tags.name as tag', 'tags.digest', 'winners.digest as winner'])
    .where('tags.repository_id', '=', parameter('into'))
    .where('winners.repository_id', '=', parameter('from'))
    .whereRef('winners.digest', '!=', 'tags.digest')
    .orderBy('tags.name'),
);

const usage = query((db, parameter: Parameter<{ repositoryId: number }>) =>
  db
    .selectFrom('repository_usage')
    .select(({ fn }) => [
      fn.sum<number | null>('blob_bytes').as('blobBytes'),
      fn.sum<number | null>('manifest_bytes').as('manifestBytes'),
      fn.sum<number | null>('manifests').as('manifests'),
      fn.sum<number | null>('tags').as('tags'),
    ])
    .where('repository_id', '=', parameter('repositoryId')),
);

/** What a repository holds, whether or not it has its name. */
export async function measureRepository(
  db: Queryable,
  repositoryId: number,
): Promise<{ readonly bytes: number; readonly manifests: number; readonly tags: number }> {
  const row = await db.first(usage, { repositoryId });
  return {
    bytes: (row?.blobBytes ?? 0) + (row?.manifestBytes ?? 0),
    manifests: row?.manifests ?? 0,
    tags: row?.tags ?? 0,
  };
}

export function findTrashedRepository(db: Queryable, trashId: number): Promise<TrashedRepository | undefined> {
  return db.first(ofEntry, { trashId });
}

/** Gives a repository its name back, and its number; the name is free. */
export async function returnRepository(tx: Transaction, { id, name, createdAt }: TrashedRepository): Promise<void> {
  await tx.all(removed, { id });
  await tx.build((db) => {
    // Numbers that the database gives by itself are said here.
    const overriding = isPostgres(db) ? sql`overriding system value` : sql``;
    return statement(
      db,
      sql`insert into repositories (id, name, created_at) ${overriding} values (${id}, ${name}, ${createdAt})`,
    );
  });
}

/** The tags that a merge would take from the repository merged into. */
export function listLostTags(db: Queryable, merge: Merge): Promise<readonly LostTag[]> {
  return db.all(tagsOfBoth, merge);
}

/** Moves all that one repository holds, and its history, into another; what both have is as the first one has it. */
export async function mergeRepositories(tx: Transaction, merge: Merge): Promise<void> {
  for (const table of HELD) {
    const columns = sql.join(table.columns.map((column) => sql.ref(column)));
    const others = sql.join(table.columns.slice(1).map((column) => sql.ref(`held.${column}`)));
    await tx.build((db) =>
      statement(
        db,
        sql`insert into ${sql.table(table.name)} (${columns})
          select target.id, ${others} from ${sql.table(table.name)} as held
          inner join repositories as target on target.id = ${merge.into}
          where held.repository_id = ${merge.from}
          on conflict (${sql.join(table.key.map((column) => sql.ref(column)))}) ${onConflict(table)}`,
      ),
    );
    await tx.build((db) => db.deleteFrom(table.name).where('repository_id', '=', merge.from));
  }
  for (const name of ['tag_moves', 'trash', 'trashed_manifests'] as const) {
    await tx.build((db) =>
      db.updateTable(name).set({ repository_id: merge.into }).where('repository_id', '=', merge.from),
    );
  }
}

interface HeldTable {
  readonly name: 'manifests' | 'manifest_edges' | 'links' | 'tags' | 'pulls';
  /** `repository_id` first. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Columns that are taken over where both have a row. */
  readonly newer: readonly string[];
}

/** Contents before what names them. */
const HELD: readonly HeldTable[] = [
  {
    name: 'links',
    columns: ['repository_id', 'digest', 'linked_at'],
    key: ['repository_id', 'digest'],
    newer: ['linked_at'],
  },
  {
    name: 'manifests',
    columns: MANIFEST_COLUMNS,
    key: ['repository_id', 'digest'],
    newer: ['pushed_at', 'expires_at'],
  },
  {
    name: 'manifest_edges',
    columns: ['repository_id', 'manifest_digest', 'kind', 'digest'],
    key: ['repository_id', 'manifest_digest', 'digest', 'kind'],
    newer: [],
  },
  {
    name: 'tags',
    columns: ['repository_id', 'name', 'digest', 'updated_at'],
    key: ['repository_id', 'name'],
    newer: ['digest', 'updated_at'],
  },
  {
    name: 'pulls',
    columns: ['repository_id', 'digest', 'pulled_at', 'principal_id', 'principal_name', 'count'],
    key: ['repository_id', 'digest'],
    newer: ['pulled_at', 'principal_id', 'principal_name'],
  },
];

function onConflict({ newer }: HeldTable): RawBuilder<unknown> {
  if (newer.length === 0) return sql`do nothing`;
  const taken = newer.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  return sql`do update set ${sql.join(taken)}`;
}

function statement(db: Kysely<Schema>, text: RawBuilder<unknown>): Built<unknown> {
  return { compile: () => text.compile(db) } as Built<unknown>;
}

function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
