import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Driver,
} from 'kysely';
import type { BoundValue } from '../compiled-query.ts';
import { isUpToDate, migrateToLatest } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import type { PostgresConnection } from './connection.ts';
import { DatabaseRefusedError, isLockTimeout } from './postgres-errors.ts';

/** Of the session: whoever holds it changes the schema. Any number that nobody else locks by. */
const LOCK = `hashtextextended('havre: the schema changes', 0)`;
const LOOK_SECONDS = 0.5;
/** Everybody who comes after a change that waits for a table waits behind it: for no longer than this. */
const HOLD_UP_SECONDS = 2;

/**
 * Brings the schema up to date, in one transaction. One node does, and others wait.
 *
 * @throws {DatabaseRefusedError} another node was at it for longer than `waitSeconds`, or the tables were in use.
 */
export async function migratePostgres(
  connection: PostgresConnection,
  waitSeconds: number,
  onWait: (reason: string) => void,
): Promise<void> {
  const db = kyselyOver(connection);
  if (await isUpToDate(db, 'postgres')) return;
  await waitForTurn(connection, waitSeconds, onWait);
  try {
    await connection.command(`set lock_timeout = '${HOLD_UP_SECONDS}s'`);
    await migrateInAGap(db, waitSeconds, onWait);
  } finally {
    await connection.run(`select pg_advisory_unlock(${LOCK})`).catch(() => undefined);
  }
}

/** A backup reads the tables for hours, and they cannot be changed meanwhile: tries again and again. */
async function migrateInAGap(db: Kysely<Schema>, seconds: number, onWait: (reason: string) => void): Promise<void> {
  for (let waited = 0; ; waited += HOLD_UP_SECONDS + LOOK_SECONDS) {
    try {
      return await migrateToLatest(db, 'postgres');
    } catch (error) {
      const isInUse = error instanceof Error && isLockTimeout(error.cause);
      if (!isInUse) throw error;
      if (waited >= seconds) {
        throw new DatabaseRefusedError(
          `The tables cannot be changed: something has been using them for ${seconds} s, such as a backup. Start this one again when that is done.`,
          error,
        );
      }
    }
    if (waited === 0) onWait('something long, such as a backup, uses the tables that are to be changed');
    await Bun.sleep(LOOK_SECONDS * 1000);
  }
}

async function waitForTurn(
  connection: PostgresConnection,
  seconds: number,
  onWait: (reason: string) => void,
): Promise<void> {
  for (let waited = 0; ; waited += LOOK_SECONDS) {
    const [row] = (await connection.run(`select pg_try_advisory_lock(${LOCK}) as taken`)) as { taken: boolean }[];
    if (row?.taken === true) return;
    if (waited === 0) onWait('another node brings the database up to date');
    if (waited >= seconds) {
      throw new DatabaseRefusedError(
        `Another node has been bringing the database up to date for ${seconds} s. Look at its log, then start this one again.`,
      );
    }
    await Bun.sleep(LOOK_SECONDS * 1000);
  }
}

function kyselyOver(connection: PostgresConnection): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driverOver(connection),
      createIntrospector: (db: Kysely<unknown>): DatabaseIntrospector => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

function driverOver(connection: PostgresConnection): Driver {
  const only: DatabaseConnection = {
    executeQuery: async <Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) => ({
      rows: (await connection.run(sql, parameters as readonly BoundValue[])) as Row[],
    }),
    streamQuery: () => {
      throw new Error('migrations read nothing that is long');
    },
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => only,
    beginTransaction: async () => void (await connection.command('begin')),
    commitTransaction: async () => void (await connection.command('commit')),
    rollbackTransaction: async () => void (await connection.command('rollback')),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
