import { beforeAll, setDefaultTimeout } from 'bun:test';
import type { Database } from '../../src/metadata/database.ts';
import { openPostgres, type PostgresDatabase, type StartPatience } from '../../src/metadata/postgres/open.ts';
import type { PostgresEvents, PostgresSettings } from '../../src/metadata/postgres/settings.ts';
import { postgresFolder, PostgresServer } from './postgres-server.ts';
import { runsHere } from './required.ts';

/** `TEST_POSTGRES_URL` names a server that may be used instead of one of ours; its user has to be allowed to make databases. */
const GIVEN = process.env['TEST_POSTGRES_URL'];

/** Servers start and end in tests of this kind, on machines that are busy. */
const TEST_MILLISECONDS = 60_000;

/**
 * Whether tests that need PostgreSQL run here; where they do not, says so. To be called at the top of a file.
 *
 * @param server `own`: the file starts one for itself, to do things to it.
 */
export function postgresRunsHere(what: string, server: 'shared' | 'own' = 'shared'): boolean {
  const runs = runsHere('postgres', GIVEN !== undefined || postgresFolder() !== undefined, what);
  if (!runs) return false;
  setDefaultTimeout(TEST_MILLISECONDS);
  if (server === 'shared') beforeAll(async () => void (await administration()), TEST_MILLISECONDS);
  return true;
}

/** A connection to the one server of all tests of this process, which is gone with it. */
let administering: Promise<{ readonly url: string; readonly sql: Bun.SQL }> | undefined;

function administration(): NonNullable<typeof administering> {
  administering ??= (GIVEN === undefined ? startServer() : Promise.resolve(GIVEN)).then((url) => ({
    url,
    sql: new Bun.SQL(url, { max: 1 }),
  }));
  return administering;
}

async function startServer(): Promise<string> {
  const server = await PostgresServer.start();
  process.on('exit', () => server.discard());
  return server.url('postgres');
}

let databases = 0;

/** A new database, empty. @returns its URL. */
export async function newPostgresDatabase(): Promise<string> {
  const { url, sql } = await administration();
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  await sql.unsafe(`create database ${name} template template0 encoding 'UTF8'`);
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

export async function dropPostgresDatabase(url: string): Promise<void> {
  const { sql } = await administration();
  await sql.unsafe(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
}

/** What a registry would have as its settings, with times that suit tests. */
export function postgresSettings(url: string, settings: Partial<PostgresSettings> = {}): PostgresSettings {
  return {
    url,
    poolSize: 4,
    connectTimeoutSeconds: 5,
    statementTimeoutSeconds: 30,
    slowQueryMilliseconds: 0,
    ...settings,
  };
}

export const NO_EVENTS: PostgresEvents = { onSlowQuery: () => undefined, onWait: () => undefined };

/** Opens a database with {@link postgresSettings}. */
export function openTestPostgres(
  url: string,
  settings: Partial<PostgresSettings> = {},
  patience: StartPatience = { serverSeconds: 0, migrationSeconds: 30 },
): Promise<PostgresDatabase> {
  return openPostgres(postgresSettings(url, settings), NO_EVENTS, patience);
}

/** Gives a test one new database, which it opens as often as it likes. */
export function withPostgres(test: (open: () => Promise<Database>) => Promise<void>): () => Promise<void> {
  return async () => {
    const url = await newPostgresDatabase();
    const opened: Database[] = [];
    try {
      await test(async () => {
        const database = await openTestPostgres(url);
        opened.push(database);
        return database;
      });
    } finally {
      for (const database of opened) await database.close();
    }
  };
}
