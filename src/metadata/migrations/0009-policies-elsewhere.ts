import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { keyText, type Engine } from './engine.ts';

/** Policies may be for another registry. */
export async function policiesElsewhere(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema.alterTable('policies').addColumn('connection', keyText(engine)).execute();
}
