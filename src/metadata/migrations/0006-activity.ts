import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { identityColumn, keyText, type Engine } from './engine.ts';

/** Against mistakes of ours: a row that has its place in the chain is never changed, only removed at its time. */
const SEALED_ROWS_STAY: Readonly<Record<Engine, readonly string[]>> = {
  sqlite: [
    `create trigger audit_sealed before update on audit when old.sequence is not null begin
      select raise(abort, 'a sealed row of the audit never changes');
    end`,
  ],
  postgres: [
    `create function audit_sealed() returns trigger language plpgsql as $$
    begin
      raise exception 'a sealed row of the audit never changes';
    end $$`,
    `create trigger audit_sealed before update on audit
      for each row when (old.sequence is not null) execute function audit_sealed()`,
  ],
};

/** Who did what, and who is told of it. */
export async function activityTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await auditTable(db, engine);
  await webhookTables(db, engine);
}

async function auditTable(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', identityColumn(engine))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('principal_kind', keyText(engine), (column) => column.notNull())
    .addColumn('principal_name', keyText(engine), (column) => column.notNull())
    .addColumn('source', keyText(engine))
    .addColumn('client', keyText(engine))
    .addColumn('request_id', keyText(engine))
    .addColumn('action', keyText(engine), (column) => column.notNull())
    .addColumn('outcome', keyText(engine), (column) => column.notNull())
    .addColumn('repository', keyText(engine))
    .addColumn('digest', keyText(engine))
    .addColumn('tag', keyText(engine))
    .addColumn('details', keyText(engine))
    .addColumn('sequence', 'bigint')
    .addColumn('previous_hash', keyText(engine))
    .addColumn('hash', keyText(engine))
    .execute();
  await db.schema
    .createIndex('audit_unsealed')
    .on('audit')
    .column('id')
    .where(sql.ref('sequence'), 'is', null)
    .execute();
  await db.schema
    .createIndex('audit_by_sequence')
    .unique()
    .on('audit')
    .column('sequence')
    .where(sql.ref('sequence'), 'is not', null)
    .execute();
  await db.schema.createIndex('audit_by_time').on('audit').columns(['at', 'id']).execute();
  await db.schema.createIndex('audit_by_repository').on('audit').columns(['repository', 'at', 'id']).execute();
  for (const statement of SEALED_ROWS_STAY[engine]) await sql.raw(statement).execute(db);
}

async function webhookTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('webhooks')
    .addColumn('id', identityColumn(engine))
    .addColumn('name', keyText(engine), (column) => column.notNull().unique())
    .addColumn('url', keyText(engine), (column) => column.notNull())
    .addColumn('format', keyText(engine), (column) => column.notNull())
    .addColumn('secret', keyText(engine))
    .addColumn('settings', keyText(engine), (column) => column.notNull())
    .addColumn('is_enabled', 'smallint', (column) => column.notNull())
    .addColumn('disabled_reason', keyText(engine))
    .addColumn('failing_since', 'bigint')
    .addColumn('resume_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('deliveries')
    .addColumn('id', identityColumn(engine))
    .addColumn('webhook_id', 'bigint', (column) => column.notNull())
    .addColumn('sequence', 'bigint')
    .addColumn('event_id', keyText(engine), (column) => column.notNull())
    .addColumn('event', keyText(engine), (column) => column.notNull())
    .addColumn('state', keyText(engine), (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint')
    .addColumn('last_at', 'bigint')
    .addColumn('last_status', 'integer')
    .addColumn('last_error', keyText(engine))
    .addColumn('response', keyText(engine))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['webhook_id', 'next_at', 'id'])
    .where('next_at', 'is not', null)
    .execute();
  await db.schema.createIndex('deliveries_by_webhook').on('deliveries').columns(['webhook_id', 'id']).execute();
}
