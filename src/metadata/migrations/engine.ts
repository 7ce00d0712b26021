import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Schema } from '../schema.ts';

/** The database a migration runs on. */
export type Engine = 'sqlite' | 'postgres';

/** The type of a primary key that the database numbers itself and never gives twice. */
export function identityColumn(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`integer primary key autoincrement`
    : sql`bigint generated always as identity primary key`;
}

/**
 * Text that is compared and sorted by its bytes: names, because clients page through them (distribution-spec §Listing
 * Tags: "lexical order"), and digests, because tables are walked in their order. All columns are of this one kind:
 * PostgreSQL does not compare text of two kinds.
 */
export function keyText(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
}

export function bytesColumn(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`blob` : sql`bytea`;
}

/** A table that is only ever found by its primary key is stored inside that key's index, where the engine can. */
export function keyedTable(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`without rowid` : sql``;
}

/**
 * As {@link keyedTable}, where rows are written again and again in columns without an index: PostgreSQL keeps each new
 * version beside the old one while there is room on its page, and then touches no index.
 */
export function hotTable(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? keyedTable(engine) : sql`with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)`;
}

/**
 * PostgreSQL takes a repository for an average one, and so reads all of a large one where it has an index for the few
 * rows that are wanted. It is told that there are few repositories: each is large then, whatever was counted.
 */
export async function expectLargeRepositories(
  db: Kysely<Schema>,
  engine: Engine,
  tables: readonly (keyof Schema)[],
): Promise<void> {
  if (engine === 'sqlite') return;
  for (const table of tables) {
    await sql`alter table ${sql.table(table)} alter column repository_id set (n_distinct = 20)`.execute(db);
  }
}
