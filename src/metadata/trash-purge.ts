import { sql } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Built, type Parameter, type Queryable, type Transaction } from './database.ts';
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
  const rows = await tx.build((kysely) =>
    kysely
      .updateTable('trash')
      .set({ expires_at: ENDED })
      .where('id', 'in', ids)
      .where('expires_at', '<=', times.expiredBy)
      .where(({ or, eb }) => or([eb('deleted_at', '<=', times.deletedBy), eb('expires_at', '=', ENDED)]))
      .returning('id'),
  );
  return rows.map(({ id }) => id);
}

/** A table of which rows go a limited number at a time, by its primary key. */
interface Emptied {
  readonly table: keyof Schema;
  readonly key: readonly string[];
}

/** What hangs on an entry. */
const OF_ENTRY: readonly Emptied[] = [
  { table: 'trashed_tags', key: ['trash_id', 'name'] },
  { table: 'trashed_manifests', key: ['trash_id', 'digest'] },
  { table: 'trashed_edges', key: ['trash_id', 'manifest_digest', 'digest', 'kind'] },
];

/** What a repository has, its history included. */
const OF_REPOSITORY: readonly Emptied[] = [
  { table: 'tags', key: ['repository_id', 'name'] },
  { table: 'manifests', key: ['repository_id', 'digest'] },
  { table: 'manifest_edges', key: ['repository_id', 'manifest_digest', 'digest', 'kind'] },
  { table: 'links', key: ['repository_id', 'digest'] },
  { table: 'pulls', key: ['repository_id', 'digest'] },
  { table: 'tag_moves', key: ['id'] },
  { table: 'quota_members', key: ['repository_id', 'quota_id'] },
  { table: 'repository_usage', key: ['repository_id', 'shard'] },
];

/** Deletes some of what hangs on these entries. @returns how many rows; fewer than `limit`: nothing is left. */
export function purgeContents(tx: Transaction, ids: readonly number[], limit: number): Promise<number> {
  return emptyTables(tx, OF_ENTRY, { column: 'trash_id', ids, limit });
}

/** As {@link purgeContents}, of all that a repository has which was deleted whole. */
export function purgeRepositoryContents(tx: Transaction, repositoryId: number, limit: number): Promise<number> {
  return emptyTables(tx, OF_REPOSITORY, { column: 'repository_id', ids: [repositoryId], limit });
}

/** The entries themselves, and the repositories that they were, when nothing hangs on them any more. */
export async function removePurged(tx: Transaction, ids: readonly number[]): Promise<void> {
  await tx.build((kysely) => kysely.deleteFrom('trashed_repositories').where('trash_id', 'in', ids));
  await tx.build((kysely) => kysely.deleteFrom('trash').where('id', 'in', ids));
}

interface Emptying {
  readonly column: 'trash_id' | 'repository_id';
  readonly ids: readonly number[];
  readonly limit: number;
}

async function emptyTables(
  tx: Transaction,
  tables: readonly Emptied[],
  { column, ids, limit }: Emptying,
): Promise<number> {
  let count = 0;
  for (const { table, key } of tables) {
    if (count >= limit) break;
    const columns = sql.join(key.map((name) => sql.ref(name)));
    const some = sql`select ${columns} from ${sql.table(table)} where ${sql.ref(column)} in (${sql.join(ids)}) limit ${limit - count}`;
    const deletion = sql`delete from ${sql.table(table)} where (${columns}) in (${some}) returning 1 as gone`;
    count += (await tx.build((kysely) => ({ compile: () => deletion.compile(kysely) }) as Built<unknown>)).length;
  }
  return count;
}
