import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { hotTable, identityColumn, keyText, type Engine } from './engine.ts';
import { POSTGRES_USAGE_TRIGGERS } from './usage-triggers-postgres.ts';
import { SQLITE_USAGE_TRIGGERS } from './usage-triggers-sqlite.ts';

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
  await quotaTables(db, engine);
  await countWhatIsThere(db, engine);
  const triggers = engine === 'sqlite' ? SQLITE_USAGE_TRIGGERS : POSTGRES_USAGE_TRIGGERS;
  for (const statement of triggers) await sql.raw(statement).execute(db);
}

async function quotaTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('quotas')
    .addColumn('id', identityColumn(engine))
    .addColumn('pattern', keyText(engine), (column) => column.notNull().unique())
    .addColumn('bytes', 'bigint')
    .addColumn('manifests', 'bigint')
    .addColumn('tags', 'bigint')
    .addColumn('warned_percent', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', keyText(engine), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('quota_members')
    .addColumn('quota_id', 'bigint', (column) => column.notNull())
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('quota_members_pk', ['repository_id', 'quota_id'])
    .execute();
  await db.schema.createIndex('quota_members_by_quota').on('quota_members').column('quota_id').execute();
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

/** One statement for all of it: an installation of a million blobs waits some seconds. */
async function countWhatIsThere(db: Kysely<Schema>, engine: Engine): Promise<void> {
  // Everywhere else PostgreSQL is told to walk indexes; here it is to read whole tables, once.
  const planner = ['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan'];
  if (engine === 'postgres') for (const kind of planner) await sql.raw(`set local enable_${kind} = on`).execute(db);
  await sql`
    insert into repository_usage
      (repository_id, shard, blob_bytes, unique_bytes, blobs, manifest_bytes, manifests, tags)
    select repository_id, 0, sum(blob_bytes), sum(unique_bytes), sum(blobs), sum(manifest_bytes), sum(manifests), sum(tags)
    from (
      select links.repository_id, coalesce(blobs.size, 0) as blob_bytes,
        case when count(*) over (partition by links.digest) = 1 then coalesce(blobs.size, 0) else 0 end as unique_bytes,
        1 as blobs, 0 as manifest_bytes, 0 as manifests, 0 as tags
      from links left join blobs on blobs.digest = links.digest
      union all
      select repository_id, 0, 0, 0, size, 1, 0 from manifests
      union all
      select repository_id, 0, 0, 0, 0, 0, 1 from tags
    ) as held
    group by repository_id`.execute(db);
  if (engine === 'postgres') for (const kind of planner) await sql.raw(`set local enable_${kind} = off`).execute(db);
}
