import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../src/metadata/database.ts';
import { openSqlite } from '../../src/metadata/sqlite/open.ts';
import { dropPostgresDatabase, newPostgresDatabase, openTestPostgres, postgresRunsHere } from './postgres.ts';

/** `TEST_ENGINE=postgres bun test …` runs on PostgreSQL what runs on SQLite otherwise. */
const ENGINE = process.env['TEST_ENGINE'] ?? 'sqlite';
if (ENGINE !== 'sqlite' && ENGINE !== 'postgres') throw new Error(`TEST_ENGINE is sqlite or postgres, not ${ENGINE}`);
if (ENGINE === 'postgres' && !postgresRunsHere('TEST_ENGINE=postgres')) throw new Error('PostgreSQL is not installed');

/** Whether nobody else writes to the databases of {@link openTestDatabase}, so that answers may come from memory. */
export const isTestDatabaseOurs = ENGINE === 'sqlite';

const urlByFolder = new Map<string, string>();

/** The facts that belong to a folder: the same ones when it is opened again, and gone when it is removed. */
export async function openTestDatabase(folder: string): Promise<Database> {
  if (ENGINE === 'sqlite') return await openSqlite(join(folder, 'havre.db'));
  for (const [known, url] of urlByFolder) {
    if (existsSync(known)) continue;
    urlByFolder.delete(known);
    await dropPostgresDatabase(url);
  }
  const url = urlByFolder.get(folder) ?? (await newPostgresDatabase());
  urlByFolder.set(folder, url);
  return await openTestPostgres(url);
}
