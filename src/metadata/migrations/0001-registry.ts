import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import {
  bytesColumn,
  expectLargeRepositories,
  hotTable,
  identityColumn,
  keyedTable,
  keyText,
  type Engine,
} from './engine.ts';

/** What a registry is made of: repositories, blobs and who may see them, manifests, tags, upload sessions. */
export async function registryTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await contentTables(db, engine);
  await manifestTables(db, engine);
  await db.schema
    .createTable('tags')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('name', keyText(engine), (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tags_pk', ['repository_id', 'name'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema.createIndex('tags_by_digest').on('tags').columns(['repository_id', 'digest']).execute();
  await db.schema
    .createTable('uploads')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('repository', keyText(engine), (column) => column.notNull())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema.createIndex('uploads_by_principal').on('uploads').column('principal_id').execute();
  await expectLargeRepositories(db, engine, ['links', 'manifests', 'manifest_edges', 'tags']);
}

async function contentTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('repositories')
    .addColumn('id', identityColumn(engine))
    .addColumn('name', keyText(engine), (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('blobs')
    .addColumn('digest', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('storage_key', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema.createIndex('blobs_by_storage_key').on('blobs').column('storage_key').execute();
  await db.schema
    .createTable('links')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('linked_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('links_pk', ['repository_id', 'digest'])
    .modifyEnd(hotTable(engine))
    .execute();
  await db.schema.createIndex('links_by_digest').on('links').column('digest').execute();
  await db.schema
    .createTable('forgotten_blobs')
    .addColumn('storage_key', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('forgotten_at', 'bigint', (column) => column.notNull())
    .modifyEnd(keyedTable(engine))
    .execute();
}

async function manifestTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('manifest_contents')
    .addColumn('digest', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('bytes', bytesColumn(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('manifests')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('media_type', keyText(engine), (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('artifact_type', keyText(engine))
    .addColumn('subject', keyText(engine))
    .addColumn('annotations', keyText(engine))
    .addColumn('depth', 'integer', (column) => column.notNull())
    .addColumn('pushed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('manifests_pk', ['repository_id', 'digest'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema.createIndex('manifests_by_digest').on('manifests').column('digest').execute();
  await db.schema
    .createIndex('manifests_by_subject')
    .on('manifests')
    .columns(['repository_id', 'subject', 'digest'])
    .where('subject', 'is not', null)
    .execute();
  await db.schema
    .createTable('manifest_edges')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('manifest_digest', keyText(engine), (column) => column.notNull())
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addPrimaryKeyConstraint('manifest_edges_pk', ['repository_id', 'manifest_digest', 'digest', 'kind'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema
    .createIndex('manifest_edges_by_digest')
    .on('manifest_edges')
    .columns(['repository_id', 'digest'])
    .execute();
}
