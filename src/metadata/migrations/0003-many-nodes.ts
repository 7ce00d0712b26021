import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { hotTable, keyText, type Engine } from './engine.ts';

/** What nodes have to tell each other through the database. */
export async function manyNodesTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema.alterTable('uploads').addColumn('note', keyText(engine)).execute();
  await db.schema
    .alterTable('uploads')
    .addColumn('note_version', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('uploads').addColumn('noted_at', 'bigint').execute();
  await db.schema
    .createTable('leases')
    .addColumn('name', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('holder', keyText(engine), (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema
    .createTable('bookmarks')
    .addColumn('name', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('value', keyText(engine), (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema
    .createTable('identity_changes')
    .addColumn('topic', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .modifyEnd(hotTable(engine))
    .execute();
  if (engine === 'postgres') await countIdentityChanges(db);
}

/** The columns by which an account is judged; when a token was last used is not one of them. */
const WATCHED: readonly { readonly topic: string; readonly table: string; readonly columns: string }[] = [
  { topic: 'users', table: 'users', columns: 'name, password_hash, generation, is_administrator' },
  { topic: 'tokens', table: 'tokens', columns: 'name, secret_hash, owner_id, scope, expires_at, revoked_at' },
  { topic: 'grants', table: 'grants', columns: 'principal_id, pattern, actions' },
  { topic: 'keys', table: 'secrets', columns: 'purpose, value' },
];

/**
 * By the database itself, so that no statement can forget it, not even one typed by hand. The number is the time in
 * microseconds: after a failover that lost a change, the next change does not have the number of the lost one.
 */
async function countIdentityChanges(db: Kysely<Schema>): Promise<void> {
  await sql`
    create function count_identity_change() returns trigger language plpgsql as $$
    begin
      update identity_changes
        set number = greatest(number + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
        where topic = tg_argv[0];
      return null;
    end $$`.execute(db);
  for (const { topic, table, columns } of WATCHED) {
    await db.insertInto('identity_changes').values({ topic, number: 0 }).execute();
    await sql`
      create trigger ${sql.id(`${table}_change`)}
      after insert or delete or update of ${sql.raw(columns)} on ${sql.table(table)}
      for each statement execute function count_identity_change(${sql.lit(topic)})`.execute(db);
  }
}
