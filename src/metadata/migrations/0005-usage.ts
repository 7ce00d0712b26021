import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { hotTable, identityColumn, keyText, type Engine } from './engine.ts';

/** How much there is in each repository, and how much there may be. */
export async function usageTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('repository_usage')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('shard', 'integer', (column) => column.notNull())
    .addColumn('blob_bytes', 'bigint', (column) => column.notNull())
    .addColumn('unique_bytes', 'bigint', (column) => column.notNull())
    .addColumn('blobs', 'bigint', (column) => column.notNull())
    .addColumn('manifest_bytes', 'bigint', (column) => column.notNull())
    .addColumn('manifests', 'bigint', (column) => column.notNull())
    .addColumn('tags', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('repository_usage_pk', ['repository_id', 'shard'])
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema
    .createTable('quotas')
    .addColumn('id', identityColumn(engine))
    .addColumn('pattern', keyText(engine), (column) => column.notNull().unique())
    .addColumn('bytes', 'bigint')
    .addColumn('manifests', 'bigint')
    .addColumn('tags', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('quota_members')
    .addColumn('quota_id', 'bigint', (column) => column.notNull())
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('quota_members_pk', ['repository_id', 'quota_id'])
    .execute();
  await db.schema
    .createTable('quota_usage')
    .addColumn('quota_id', 'bigint', (column) => column.notNull())
    .addColumn('shard', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('manifests', 'bigint', (column) => column.notNull())
    .addColumn('tags', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('quota_usage_pk', ['quota_id', 'shard'])
    .modifyEnd(hotTable(engine))
    .execute();
}
