import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Database } from '../metadata/database.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';

/** The file of facts in a data folder: without it, and without PostgreSQL, there is no installation. */
export function databaseOf(folder: string): string {
  return join(folder, 'havre.db');
}

/** The database that the configuration names. */
export function openFacts(config: Config): Promise<Database> {
  return openSqlite(databaseOf(config.data));
}
