import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Engine } from './engine.ts';

/** Orders in which people look at tags: by time, and by name wherever they are. */
export async function listIndexes(db: Kysely<Schema>, _engine: Engine): Promise<void> {
  await db.schema.createIndex('tags_by_time').on('tags').columns(['repository_id', 'updated_at', 'name']).execute();
  await db.schema.createIndex('tags_by_name').on('tags').columns(['name', 'repository_id']).execute();
  await db.schema.createIndex('pulls_by_time').on('pulls').columns(['repository_id', 'pulled_at', 'digest']).execute();
}
