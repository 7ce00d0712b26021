import { join } from 'node:path';
import type { Database } from '../../src/metadata/database.ts';
import { openSqlite } from '../../src/metadata/sqlite/open.ts';
import { memoryFolder, removeFolder } from './folders.ts';
import { newPostgresDatabase, openTestPostgres, postgresRunsHere } from './postgres.ts';
import { asShared } from './shared-database.ts';

/** A database for tests of what stands on one. */
export interface TestedEngine {
  readonly name: string;
  /** A new database. Whoever opens it closes it. */
  open(): Promise<Database>;
}

/** SQLite, saying that others change it too. */
const SHARED_SQLITE: TestedEngine = {
  name: 'SQLite, as if shared',
  open: async () => {
    const folder = memoryFolder('shared');
    const db = await asShared(await openSqlite(join(folder, 'havre.db')));
    return {
      ...db,
      close: async () => {
        await db.close();
        removeFolder(folder);
      },
    };
  },
};

const POSTGRES: TestedEngine = {
  name: 'PostgreSQL',
  open: async () => openTestPostgres(await newPostgresDatabase()),
};

/** Databases that several nodes share: one that is everywhere, and the real one where it runs. */
export function sharedEngines(what: string): readonly TestedEngine[] {
  return postgresRunsHere(`${what}, on PostgreSQL`) ? [SHARED_SQLITE, POSTGRES] : [SHARED_SQLITE];
}

/** Each engine there is here, for tests in which every step of many may come first: `runs` is how many are worth their time. */
export function steppedEngines(
  what: string,
): readonly (readonly [name: string, runs: number, database?: () => Promise<Database>])[] {
  const onPostgres = postgresRunsHere(`${what}, on PostgreSQL`);
  return [['SQLite', 60], ...(onPostgres ? [[POSTGRES.name, 20, POSTGRES.open] as const] : [])];
}
