import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { identityColumn, keyText, type Engine } from './engine.ts';

/** Other registries, and what was found when they were tried. */
export async function connectionTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('connections')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('project', keyText(engine), (column) => column.notNull())
    .addColumn('name', keyText(engine), (column) => column.notNull())
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('url', keyText(engine), (column) => column.notNull())
    .addColumn('settings', keyText(engine), (column) => column.notNull())
    .addColumn('username', keyText(engine), (column) => column.notNull())
    .addColumn('secret', keyText(engine))
    .addColumn('secret_set_at', 'bigint', (column) => column.notNull())
    .addColumn('secret_reference', keyText(engine))
    .addColumn('client_key', keyText(engine))
    .addColumn('rotation', keyText(engine), (column) => column.notNull())
    .addColumn('other_secret', keyText(engine))
    .addColumn('other', keyText(engine))
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('state', keyText(engine), (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('expiry_source', keyText(engine))
    .addColumn('reminded', keyText(engine), (column) => column.notNull())
    .addColumn('checked_at', 'bigint')
    .addColumn('succeeded_at', 'bigint')
    .addColumn('next_check_at', 'bigint', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('problem', keyText(engine))
    .addColumn('report', keyText(engine))
    .addColumn('added_by', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('connections_by_name').on('connections').columns(['project', 'name']).unique().execute();
  await db.schema.createIndex('connections_due').on('connections').column('next_check_at').execute();
  await db.schema
    .createTable('connection_checks')
    .addColumn('id', identityColumn(engine))
    .addColumn('connection_id', keyText(engine), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('outcome', keyText(engine), (column) => column.notNull())
    .addColumn('message', keyText(engine), (column) => column.notNull())
    .addColumn('milliseconds', 'integer', (column) => column.notNull())
    .addColumn('trigger', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('connection_checks_by_connection')
    .on('connection_checks')
    .columns(['connection_id', 'at', 'id'])
    .execute();
}
