import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import type { Engine } from './engine.ts';
import { registryTables } from './0001-registry.ts';
import { identityTables } from './0002-identity.ts';
import { manyNodesTables } from './0003-many-nodes.ts';

/** In order, and for ever: a migration that was released is never edited, only followed by another. */
const MIGRATIONS: Readonly<Record<string, (db: Kysely<Schema>, engine: Engine) => Promise<void>>> = {
  '0001-registry': registryTables,
  '0002-identity': identityTables,
  '0003-many-nodes': manyNodesTables,
};

/** Brings the schema up to date; does nothing when it is. @throws whatever the first failing migration threw. */
export async function migrateToLatest(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const migrations: Record<string, Migration> = {};
  for (const [name, up] of Object.entries(MIGRATIONS)) migrations[name] = { up: (target) => up(target, engine) };
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be brought up to date', { cause: error });
}
