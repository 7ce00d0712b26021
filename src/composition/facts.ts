import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Database } from '../metadata/database.ts';
import { openPostgres, type PostgresDatabase } from '../metadata/postgres/open.ts';
import { targetOf, type PostgresSettings } from '../metadata/postgres/settings.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';
import type { Logger } from '../telemetry/log.ts';

/** The file of facts in a data folder: without it, and without PostgreSQL, there is no installation. */
export function databaseOf(folder: string): string {
  return join(folder, 'havre.db');
}

/**
 * The database that the configuration names.
 *
 * @throws {DatabaseRefusedError} PostgreSQL cannot be used as it is configured.
 */
export function openFacts(config: Config, log?: Logger): Promise<Database> {
  const { url } = config.database;
  return url === undefined ? openSqlite(databaseOf(config.data)) : openPostgresFacts(config, url.reveal(), log);
}

/** The PostgreSQL database of that URL, with the other settings of the configuration. */
export async function openPostgresFacts(config: Config, url: string, log?: Logger): Promise<PostgresDatabase> {
  const db = await openPostgres(postgresSettings(config, url), {
    onSlowQuery: (statement, milliseconds) => log?.warn({ statement, milliseconds }, 'a statement took long'),
    onWait: (reason) => log?.warn({ reason }, 'waiting for the database'),
  });
  if (log !== undefined) tellOf(db, url, log);
  return db;
}

export function postgresSettings({ database }: Config, url: string): PostgresSettings {
  const { poolSize, connectTimeoutSeconds, statementTimeoutSeconds, slowQueryMilliseconds } = database;
  return { url, poolSize, connectTimeoutSeconds, statementTimeoutSeconds, slowQueryMilliseconds };
}

function tellOf({ server }: PostgresDatabase, url: string, log: Logger): void {
  const { host, port, database, isLocal } = targetOf(url);
  const { version, isEncrypted, isReadOnly } = server;
  log.info({ host, port, database, version, isEncrypted }, 'the facts are in PostgreSQL');
  if (!isEncrypted && !isLocal) {
    log.warn(
      { host },
      'what is said to PostgreSQL can be read on the way: add ?sslmode=verify-full to HAVRE_DATABASE_URL',
    );
  }
  if (isReadOnly) log.warn({ host }, 'the database is read-only: nothing can be pushed');
}
