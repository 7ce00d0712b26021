import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { hotTable, keyText, type Engine } from './engine.ts';

/** Logins of browsers. */
export async function sessionTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('secret_hash', keyText(engine), (column) => column.notNull().unique())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('generation', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('source', keyText(engine), (column) => column.notNull())
    .addColumn('client', keyText(engine), (column) => column.notNull())
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema.createIndex('sessions_by_principal').on('sessions').column('principal_id').execute();
}
