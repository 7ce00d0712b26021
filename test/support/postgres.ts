import type { Database } from '../../src/metadata/database.ts';
import { openPostgres, type PostgresDatabase, type StartPatience } from '../../src/metadata/postgres/open.ts';
import type { PostgresEvents, PostgresSettings } from '../../src/metadata/postgres/settings.ts';
import { postgresFolder, PostgresServer } from './postgres-server.ts';
import { runsHere } from './required.ts';

/** `TEST_POSTGRES_URL` names a server that may be used instead of one of ours; its user has to be allowed to make databases. */
const GIVEN = process.env['TEST_POSTGRES_URL'];

/** Whether tests that need PostgreSQL run here; where they do not, says so. */
export function postgresRunsHere(what: string): boolean {
  return runsHere('postgres', GIVEN !== undefined || postgresFolder() !== undefined, what);
}

/** One server for all tests of this process, gone with it. */
let started: Promise<PostgresServer> | undefined;

function sharedServer(): Promise<PostgresServer> {
  started ??= PostgresServer.start().then((server) => {
    process.on('exit', () => server.discard());
    return server;
  });
  return started;
}

let databases = 0;

/** A new database, empty. @returns its URL. */
export async function newPostgresDatabase(): Promise<string> {
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  if (GIVEN === undefined) return await (await sharedServer()).createDatabase(name);
  await using admin = new Bun.SQL(GIVEN, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  const url = new URL(GIVEN);
  url.pathname = `/${name}`;
  return url.href;
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
