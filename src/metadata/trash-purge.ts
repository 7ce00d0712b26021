import { expressionBuilder, sql } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Built, type Parameter, type Query, type Queryable, type Transaction } from './database.ts';
import { numbers } from './list-parameters.ts';
import type { Schema } from './schema.ts';
import type { TrashKind } from './schema/deleting.ts';

/** An entry of the trash that may go for good. */
export interface PurgeableTrash {
  readonly id: number;
  readonly kind: TrashKind;
  readonly repositoryId: number;
  readonly repository: RepositoryName;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Entries in the order in which their time is over. */
export type PurgeKey = Pick<PurgeableTrash, 'expiresAt' | 'id'>;

/** Which entries are looked for: their time is over, and they were deleted long enough ago that all of them is known. */
export interface PurgeTimes {
  /** Milliseconds since the epoch. */
  readonly expiredBy: number;
  readonly deletedBy: number;
}

/** When an entry expires that somebody emptied, or that has begun to go. */
const ENDED = 0;

const COLUMNS = ['id', 'kind', 'repository_id as repositoryId', 'repository', 'expires_at as expiresAt'] as const;

const purgeable = query(
  (db, parameter: Parameter<PurgeTimes & { afterTime: number; afterId: number; limit: number }>) =>
    db
      .selectFrom('trash')
      .select(COLUMNS)
      .where(({ eb, refTuple, tuple }) =>
        eb(refTuple('expires_at', 'id'), '>', tuple(parameter('afterTime'), parameter('afterId'))),
      )
      .where('expires_at', '<=', parameter('expiredBy'))
      .where(({ or, eb }) => or([eb('deleted_at', '<=', parameter('deletedBy')), eb('expires_at', '=', ENDED)]))
      .orderBy('expires_at')
      .orderBy('id')
      .limit(parameter('limit')),
);

const ended = query((db, parameter: Parameter<PurgeTimes & { ids: readonly number[] }>) =>
  db
    .updateTable('trash')
    .set({ expires_at: ENDED })
    .where('id', 'in', numbers(parameter('ids')))
    .where('expires_at', '<=', parameter('expiredBy'))
    .where(({ or, eb }) => or([eb('deleted_at', '<=', parameter('deletedBy')), eb('expires_at', '=', ENDED)]))
    .returning('id'),
);

const repositoriesRemoved = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  db.deleteFrom('trashed_repositories').where('trash_id', 'in', numbers(parameter('ids'))),
);

const entriesRemoved = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  db.deleteFrom('trash').where('id', 'in', numbers(parameter('ids'))),
);

/** Those whose time is over first, strictly after `after`. */
export function listPurgeable(
  db: Queryable,
  times: PurgeTimes,
  { after, limit }: { readonly after: PurgeKey | undefined; readonly limit: number },
): Promise<readonly PurgeableTrash[]> {
  return db.all(purgeable, { ...times, afterTime: after?.expiresAt ?? -1, afterId: after?.id ?? 0, limit });
}

/**
 * From now on, nobody can restore these: what hangs on them may go in several transactions. @returns those of them that
 * are there, and still to go.
 */
export async function endTrash(tx: Transaction, ids: readonly number[], times: PurgeTimes): Promise<readonly number[]> {
  return (await tx.all(ended, { ids, ...times })).map(({ id }) => id);
}

/** Deletes some rows of a table, found by its primary key, that belong to one of `ids` by one of its columns. */
type Emptying = Query<{ ids: readonly number[]; limit: number }, unknown>;

function emptying(table: keyof Schema, column: string, key: readonly string[]): Emptying {
  return query((db, parameter: Parameter<{ ids: readonly number[]; limit: number }>) => {
    const columns = sql.join(key.map((name) => sql.ref(name)));
    const belongs = expressionBuilder<Schema>()(sql.ref<number>(column), 'in', numbers(parameter('ids')));
    const some = sql`select ${columns} from ${sql.table(table)} where ${belongs} limit ${parameter('limit')}`;
    const deletion = sql`delete from ${sql.table(table)} where (${columns}) in (${some}) returning 1 as gone`;
    return { compile: () => deletion.compile(db) } as Built<unknown>; // the builder lacks only what we do not ask
  });
}

/** What hangs on an entry. */
const OF_ENTRY: readonly Emptying[] = [
  emptying('trashed_tags', 'trash_id', ['trash_id', 'name']),
  emptying('trashed_manifests', 'trash_id', ['trash_id', 'digest']),
  emptying('trashed_edges', 'trash_id', ['trash_id', 'manifest_digest', 'digest', 'kind']),
];

/** What a repository has, its history included. */
const OF_REPOSITORY: readonly Emptying[] = [
  emptying('tags', 'repository_id', ['repository_id', 'name']),
  emptying('manifests', 'repository_id', ['repository_id', 'digest']),
  emptying('manifest_edges', 'repository_id', ['repository_id', 'manifest_digest', 'digest', 'kind']),
  emptying('links', 'repository_id', ['repository_id', 'digest']),
  emptying('pulls', 'repository_id', ['repository_id', 'digest']),
  emptying('tag_moves', 'repository_id', ['id']),
  emptying('quota_members', 'repository_id', ['repository_id', 'quota_id']),
  emptying('repository_usage', 'repository_id', ['repository_id', 'shard']),
];

/** Deletes some of what hangs on these entries. @returns how many rows; fewer than `limit`: nothing is left. */
export function purgeContents(tx: Transaction, ids: readonly number[], limit: number): Promise<number> {
  return emptyTables(tx, OF_ENTRY, { ids, limit });
}

/** As {@link purgeContents}, of all that a repository has which was deleted whole. */
export function purgeRepositoryContents(tx: Transaction, repositoryId: number, limit: number): Promise<number> {
  return emptyTables(tx, OF_REPOSITORY, { ids: [repositoryId], limit });
}

/** The entries themselves, and the repositories that they were, when nothing hangs on them any more. */
export async function removePurged(tx: Transaction, ids: readonly number[]): Promise<void> {
  await tx.all(repositoriesRemoved, { ids });
  await tx.all(entriesRemoved, { ids });
}

async function emptyTables(
  tx: Transaction,
  tables: readonly Emptying[],
  { ids, limit }: { readonly ids: readonly number[]; readonly limit: number },
): Promise<number> {
  let count = 0;
  for (const emptied of tables) {
    if (count >= limit) break;
    count += (await tx.all(emptied, { ids, limit: limit - count })).length;
  }
  return count;
}
