import { sql, type RawBuilder } from 'kysely';

/** The database a migration runs on. */
export type Engine = 'sqlite' | 'postgres';

/** The type of a primary key that the database numbers itself and never gives twice. */
export function identityColumn(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`integer primary key autoincrement`
    : sql`bigint generated always as identity primary key`;
}

/** Text that sorts by its bytes, as the tags list must (distribution-spec §Listing Tags: "lexical order"). */
export function byteOrderedText(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
}

export function bytesColumn(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`blob` : sql`bytea`;
}

/** A table that is only ever found by its primary key is stored inside that key's index, where the engine can. */
export function keyedTable(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite' ? sql`without rowid` : sql``;
}
