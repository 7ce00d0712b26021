import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { keyText, type Engine } from './engine.ts';

/** Who wants to be left alone for a while, for all nodes to know. */
export async function upstreamPauses(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('upstream_pauses')
    .addColumn('upstream', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('paused_until', 'bigint', (column) => column.notNull())
    .execute();
}
