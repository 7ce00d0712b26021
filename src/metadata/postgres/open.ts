import type { Database } from '../database.ts';
import { PostgresConnection, type ConnectionPurpose } from './connection.ts';
import { migratePostgres } from './migration.ts';
import { PostgresPool, type PoolFigures } from './pool.ts';
import { endsConnection, isTemporary, refusalOf, translatePostgresError } from './postgres-errors.ts';
import { PostgresQuestions } from './questions.ts';
import { askServer, requireUsable, type ServerFacts } from './server-facts.ts';
import { targetOf, type PostgresEvents, type PostgresSettings } from './settings.ts';
import { inSnapshot } from './snapshot.ts';
import { inTransaction } from './transactions.ts';

/** The facts in PostgreSQL, shared with other nodes. */
export interface PostgresDatabase extends Database {
  /** What the server said when we came. */
  readonly server: ServerFacts;
  readonly figures: PostgresFigures;
}

/** For metrics. */
export interface PostgresFigures extends PoolFigures {
  readonly slowQueries: number;
}

/** Reads the figures of a database that is in PostgreSQL. */
export function postgresFiguresOf(db: Database): (() => PostgresFigures) | undefined {
  const postgres = db as Database & Partial<PostgresDatabase>;
  return postgres.figures === undefined ? undefined : () => (db as PostgresDatabase).figures;
}

/** How long a start waits for a server that is not there yet, and for another node that changes the schema. */
export interface StartPatience {
  readonly serverSeconds: number;
  readonly migrationSeconds: number;
}

const PATIENCE: StartPatience = { serverSeconds: 30, migrationSeconds: 600 };
/** What the client waits longer than the server works: answers travel. */
const SILENCE_SECONDS = 2;
const IDLE_IN_TRANSACTION_SECONDS = 10;
/** For migrations, and between two reads of a snapshot. */
const LONG_WORK_SECONDS = 3600;
const CLOSE_SECONDS = 10;

/**
 * Connects, and brings the schema up to date.
 *
 * @throws {DatabaseRefusedError} the database cannot be used as it is; the message says why and what to do.
 */
export async function openPostgres(
  settings: PostgresSettings,
  events: PostgresEvents,
  patience = PATIENCE,
): Promise<PostgresDatabase> {
  let slowQueries = 0;
  const onSlowQuery = (statement: string, milliseconds: number): void => {
    slowQueries += 1;
    events.onSlowQuery(statement, milliseconds);
  };
  const long = longPurpose(settings, onSlowQuery);
  const server = await prepare(long, events, patience);
  const pool = new PostgresPool({
    size: settings.poolSize,
    waitSeconds: settings.statementTimeoutSeconds,
    open: (onLost) => PostgresConnection.open(poolPurpose(settings, onSlowQuery), onLost),
  });
  const questions = new PostgresQuestions((work) => readAgain(pool, work));
  return {
    isShared: true,
    server,
    get figures() {
      return { ...pool.figures, slowQueries };
    },
    all: (question, parameters) => questions.all(question, parameters),
    first: (question, parameters) => questions.first(question, parameters),
    build: (build) => questions.build(build),
    transaction: (work, options = {}) => inTransaction(pool, work, options),
    snapshot: (work) => inSnapshot(long, work),
    close: () => pool.close(CLOSE_SECONDS),
  };
}

/** What the server says of itself, without changing anything. @throws {DatabaseRefusedError} as {@link openPostgres}. */
export async function lookAtServer(settings: PostgresSettings): Promise<ServerFacts> {
  let connection: PostgresConnection | undefined;
  try {
    connection = await PostgresConnection.open(longPurpose(settings, () => undefined));
    return await askServer(connection);
  } catch (error) {
    throw refusalOf(error, targetOf(settings.url));
  } finally {
    connection?.destroy();
  }
}

async function prepare(
  purpose: ConnectionPurpose,
  events: PostgresEvents,
  patience: StartPatience,
): Promise<ServerFacts> {
  let connection: PostgresConnection | undefined;
  try {
    connection = await openPatiently(purpose, events, patience.serverSeconds);
    const server = await askServer(connection);
    requireUsable(server);
    await migratePostgres(connection, patience.migrationSeconds, events.onWait);
    return server;
  } catch (error) {
    throw refusalOf(error, targetOf(purpose.settings.url));
  } finally {
    connection?.destroy();
  }
}

/** Machines that start together start in no order. */
async function openPatiently(
  purpose: ConnectionPurpose,
  events: PostgresEvents,
  seconds: number,
): Promise<PostgresConnection> {
  const deadline = performance.now() + seconds * 1000;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await PostgresConnection.open(purpose);
    } catch (error) {
      if (!isTemporary(error) || performance.now() > deadline) throw error;
      if (attempt === 1) events.onWait(refusalOf(error, targetOf(purpose.settings.url)).message);
      await Bun.sleep(1000);
    }
  }
}

/** A question changes nothing, so it may be asked twice: once more where the connection turned out to be dead. */
async function readAgain<Result>(
  pool: PostgresPool,
  work: (connection: PostgresConnection) => Promise<Result>,
): Promise<Result> {
  const began = performance.now();
  try {
    return await pool.lend(work);
  } catch (error) {
    if (!endsConnection(error)) throw translatePostgresError(error);
    pool.forsakeOpenedBefore(began);
  }
  try {
    return await pool.lend(work);
  } catch (error) {
    throw translatePostgresError(error);
  }
}

type OnSlowQuery = PostgresEvents['onSlowQuery'];

function poolPurpose(settings: PostgresSettings, onSlowQuery: OnSlowQuery): ConnectionPurpose {
  const { statementTimeoutSeconds } = settings;
  return {
    settings,
    name: 'havre',
    statementSeconds: statementTimeoutSeconds,
    silenceSeconds: statementTimeoutSeconds + SILENCE_SECONDS,
    idleInTransactionSeconds: Math.min(statementTimeoutSeconds, IDLE_IN_TRANSACTION_SECONDS),
    onSlowQuery,
  };
}

function longPurpose(settings: PostgresSettings, onSlowQuery: OnSlowQuery): ConnectionPurpose {
  return {
    settings,
    name: 'havre, long work',
    statementSeconds: 0,
    silenceSeconds: LONG_WORK_SECONDS,
    idleInTransactionSeconds: 0,
    onSlowQuery,
  };
}
