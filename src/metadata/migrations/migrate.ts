import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import type { Engine } from './engine.ts';
import { registryTables } from './0001-registry.ts';
import { identityTables } from './0002-identity.ts';
import { manyNodesTables } from './0003-many-nodes.ts';
import { deletingTables } from './0004-deleting.ts';
import { usageTables } from './0005-usage.ts';
import { activityTables } from './0006-activity.ts';
import { policyTables } from './0007-policies.ts';
import { connectionTables } from './0008-connections.ts';
import { policiesElsewhere } from './0009-policies-elsewhere.ts';
import { upstreamPauses } from './0010-upstream-pauses.ts';
import { listIndexes } from './0011-lists.ts';
import { sessionTables } from './0012-sessions.ts';

/** In order, and for ever: a migration that was released is never edited, only followed by another. */
export const MIGRATIONS: Migrations = {
  '0001-registry': registryTables,
  '0002-identity': identityTables,
  '0003-many-nodes': manyNodesTables,
  '0004-deleting': deletingTables,
  '0005-usage': usageTables,
  '0006-activity': activityTables,
  '0007-policies': policyTables,
  '0008-connections': connectionTables,
  '0009-policies-elsewhere': policiesElsewhere,
  '0010-upstream-pauses': upstreamPauses,
  '0011-lists': listIndexes,
  '0012-sessions': sessionTables,
};

export type Migrations = Readonly<Record<string, (db: Kysely<Schema>, engine: Engine) => Promise<void>>>;

/**
 * Whether the database has all that this version needs. It may have more: a newer version, which serves beside this one
 * or served before it, only ever adds.
 */
export async function isUpToDate(db: Kysely<Schema>, engine: Engine, migrations = MIGRATIONS): Promise<boolean> {
  const known = await migratorOf(db, engine, migrations).getMigrations();
  return known.every(({ executedAt }) => executedAt !== undefined);
}

/** Brings the schema up to date; does nothing when it is. @throws whatever the first failing migration threw. */
export async function migrateToLatest(db: Kysely<Schema>, engine: Engine, migrations = MIGRATIONS): Promise<void> {
  if (await isUpToDate(db, engine, migrations)) return;
  const { error } = await migratorOf(db, engine, migrations).migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be brought up to date', { cause: error });
}

function migratorOf(db: Kysely<Schema>, engine: Engine, migrations: Migrations): Migrator {
  const ups: Record<string, Migration> = {};
  for (const [name, up] of Object.entries(migrations)) ups[name] = { up: (target) => up(target, engine) };
  return new Migrator({ db, provider: { getMigrations: async () => ups } });
}
