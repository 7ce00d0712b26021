import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { expectLargeRepositories, identityColumn, keyedTable, keyText, hotTable, type Engine } from './engine.ts';

/** Trash, history, rules, expiry: what makes deleting something that can be undone, foreseen and forbidden. */
export async function deletingTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema.alterTable('manifests').addColumn('expires_at', 'bigint').execute();
  await db.schema
    .createIndex('manifests_by_expiry')
    .on('manifests')
    .columns(['expires_at', 'repository_id', 'digest'])
    .where('expires_at', 'is not', null)
    .execute();
  await trashTables(db, engine);
  await db.schema
    .createTable('tag_moves')
    .addColumn('id', identityColumn(engine))
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('tag', keyText(engine), (column) => column.notNull())
    .addColumn('from_digest', keyText(engine))
    .addColumn('to_digest', keyText(engine))
    .addColumn('moved_at', 'bigint', (column) => column.notNull())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('principal_name', keyText(engine), (column) => column.notNull())
    .addColumn('client', keyText(engine))
    .addColumn('cause', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema.createIndex('tag_moves_by_tag').on('tag_moves').columns(['repository_id', 'tag', 'id']).execute();
  await db.schema
    .createIndex('tag_moves_by_digest')
    .on('tag_moves')
    .columns(['repository_id', 'from_digest', 'moved_at'])
    .where('from_digest', 'is not', null)
    .execute();
  await db.schema
    .createTable('repository_rules')
    .addColumn('id', identityColumn(engine))
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('pattern', keyText(engine), (column) => column.notNull())
    .addColumn('settings', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('image_details')
    .addColumn('digest', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('created_at', 'bigint')
    .addColumn('platform', keyText(engine))
    .addColumn('labels', keyText(engine))
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema
    .createTable('pulls')
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('pulled_at', 'bigint', (column) => column.notNull())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('principal_name', keyText(engine), (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pulls_pk', ['repository_id', 'digest'])
    .modifyEnd(hotTable(engine))
    .execute();
  await expectLargeRepositories(db, engine, ['tag_moves', 'pulls']);
  await keepOlderCollectorsAway(db, engine);
}

/** What a lease was called for which collectors ask that know no trash. */
const OLDER_COLLECTION = 'collect-garbage';

/**
 * A version that knows no trash may serve beside this one, or after it, and would free the bytes that only the trash
 * keeps. It collects with this lease, which it can neither have from now on nor, where it releases all of them when it
 * starts, release; if it is collecting just now, it stops when it is to renew it.
 */
async function keepOlderCollectorsAway(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const never = { holder: 'versions that know the trash', expires_at: Date.UTC(9999, 0) };
  await db
    .insertInto('leases')
    .values({ name: OLDER_COLLECTION, ...never, started_at: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(never))
    .execute();
  if (engine === 'postgres') return;
  const older = sql.raw(`old.name = '${OLDER_COLLECTION}'`);
  await sql`create trigger older_collection before update on leases when ${older} begin select raise(ignore); end`.execute(
    db,
  );
}

async function trashTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('trash')
    .addColumn('id', identityColumn(engine))
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('repository', keyText(engine), (column) => column.notNull())
    .addColumn('tag', keyText(engine))
    .addColumn('digest', keyText(engine))
    .addColumn('deleted_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('principal_name', keyText(engine), (column) => column.notNull())
    .addColumn('client', keyText(engine))
    .addColumn('cause', keyText(engine), (column) => column.notNull())
    .addColumn('plan_id', keyText(engine))
    .execute();
  await db.schema.createIndex('trash_by_repository').on('trash').columns(['repository', 'id']).execute();
  await db.schema.createIndex('trash_by_expiry').on('trash').columns(['expires_at', 'id']).execute();
  await db.schema
    .createIndex('trash_by_plan')
    .on('trash')
    .columns(['plan_id', 'id'])
    .where('plan_id', 'is not', null)
    .execute();
  await db.schema
    .createTable('trashed_manifests')
    .addColumn('trash_id', 'bigint', (column) => column.notNull())
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('media_type', keyText(engine), (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('artifact_type', keyText(engine))
    .addColumn('subject', keyText(engine))
    .addColumn('annotations', keyText(engine))
    .addColumn('depth', 'integer', (column) => column.notNull())
    .addColumn('pushed_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('trashed_manifests_pk', ['trash_id', 'digest'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema.createIndex('trashed_manifests_by_digest').on('trashed_manifests').column('digest').execute();
  await db.schema
    .createIndex('trashed_manifests_by_repository')
    .on('trashed_manifests')
    .columns(['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('trashed_manifests_by_subject')
    .on('trashed_manifests')
    .columns(['repository_id', 'subject'])
    .where('subject', 'is not', null)
    .execute();
  await trashedContentTables(db, engine);
}

/** What hung on what is in the trash. */
async function trashedContentTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('trashed_edges')
    .addColumn('trash_id', 'bigint', (column) => column.notNull())
    .addColumn('manifest_digest', keyText(engine), (column) => column.notNull())
    .addColumn('kind', keyText(engine), (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('is_linked', 'smallint', (column) => column.notNull())
    .addPrimaryKeyConstraint('trashed_edges_pk', ['trash_id', 'manifest_digest', 'digest', 'kind'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema.createIndex('trashed_edges_by_digest').on('trashed_edges').columns(['digest', 'trash_id']).execute();
  await db.schema
    .createTable('trashed_tags')
    .addColumn('trash_id', 'bigint', (column) => column.notNull())
    .addColumn('name', keyText(engine), (column) => column.notNull())
    .addColumn('digest', keyText(engine), (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('trashed_tags_pk', ['trash_id', 'name'])
    .modifyEnd(keyedTable(engine))
    .execute();
  await db.schema
    .createTable('trashed_repositories')
    .addColumn('id', 'bigint', (column) => column.notNull().primaryKey())
    .addColumn('trash_id', 'bigint', (column) => column.notNull())
    .addColumn('name', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('trashed_repositories_by_trash').on('trashed_repositories').column('trash_id').execute();
}
