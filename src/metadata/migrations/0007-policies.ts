import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { identityColumn, keyedTable, keyText, type Engine } from './engine.ts';

/** Lifecycle policies, their runs, and plans of what is to be deleted. */
export async function policyTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('policies')
    .addColumn('id', identityColumn(engine))
    .addColumn('name', keyText(engine), (column) => column.notNull().unique())
    .addColumn('patterns', keyText(engine), (column) => column.notNull())
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('document', keyText(engine), (column) => column.notNull())
    .addColumn('schedule', keyText(engine))
    .addColumn('time_zone', keyText(engine), (column) => column.notNull())
    .addColumn('is_enabled', 'smallint', (column) => column.notNull())
    .addColumn('is_dry_run', 'smallint', (column) => column.notNull())
    .addColumn('next_run_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('policy_runs')
    .addColumn('id', identityColumn(engine))
    .addColumn('policy_id', 'bigint', (column) => column.notNull())
    .addColumn('trigger', keyText(engine), (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('state', keyText(engine), (column) => column.notNull())
    .addColumn('plan_id', keyText(engine))
    .addColumn('summary', keyText(engine))
    .addColumn('error', keyText(engine))
    .execute();
  await db.schema.createIndex('policy_runs_by_policy').on('policy_runs').columns(['policy_id', 'id']).execute();
  await db.schema
    .createTable('plans')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('source', keyText(engine), (column) => column.notNull())
    .addColumn('state', keyText(engine), (column) => column.notNull())
    .addColumn('summary', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', keyText(engine), (column) => column.notNull())
    .addColumn('applied_at', 'bigint')
    .addColumn('applied_by', keyText(engine))
    .addColumn('result', keyText(engine))
    .execute();
  await db.schema.createIndex('plans_by_expiry').on('plans').column('expires_at').execute();
  await db.schema
    .createTable('plan_items')
    .addColumn('plan_id', keyText(engine), (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('item', keyText(engine), (column) => column.notNull())
    .addPrimaryKeyConstraint('plan_items_pk', ['plan_id', 'position'])
    .modifyEnd(keyedTable(engine))
    .execute();
}
