import { SQL } from 'bun';
import { OciError, StorageFullError, StorageUnavailableError } from '../../oci/errors.ts';
import type { PostgresTarget } from './settings.ts';

/** The connection is gone: asked of another one, the same question may be answered. */
export class ConnectionLostError extends StorageUnavailableError {
  constructor(cause: unknown) {
    super('the connection to the database was lost', { cause });
  }
}

/** The database did not answer in time: nothing was heard of it, so nobody knows what it did. */
export class DatabaseSilentError extends StorageUnavailableError {
  constructor(seconds: number) {
    super(`the database did not answer within ${seconds} s`);
  }
}

/** The database of the configuration cannot be used as it is configured. The message says what to do, and no password. */
export class DatabaseRefusedError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
  }
}

/** Conditions of the server, not of the query, by SQLSTATE or by its class (the first two characters). */
const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  ['08', 'the connection to the database failed'],
  ['25006', 'the database is read-only'],
  ['28', 'the database refuses our user'],
  ['3D000', 'the database does not exist'],
  ['40', 'the database is too busy with changes to the same facts'],
  ['53', 'the database has no resources left'],
  ['53300', 'the database has no connection left'],
  ['55P03', 'what the change needs is locked in the database'],
  ['57014', 'the database took too long'],
  ['57', 'the database is stopping or starting'],
  ['58', 'the system under the database fails'],
  ['XX', 'the database is damaged'],
]);
const DISK_FULL = '53100';
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);
/** The server ends the connection with these, or the connection leads to the wrong server. */
const ENDING: readonly RegExp[] = [/^08/, /^57P0[1-5]$/, /^25006$/, /^25P0[34]$/];
/** After these it is worth to wait at the start: the server comes up, or fails over. */
const TEMPORARY: readonly RegExp[] = [/^57P0[1-5]$/, /^53300$/, /^08/];
const CODES_OF_LOSS: ReadonlySet<string> = new Set([
  'ERR_POSTGRES_CONNECTION_CLOSED',
  'ERR_POSTGRES_CONNECTION_REFUSED',
  'ERR_POSTGRES_CONNECTION_FAILED',
  'ERR_POSTGRES_CONNECTION_TIMEOUT',
  'ERR_POSTGRES_IDLE_TIMEOUT',
  'ERR_POSTGRES_LIFETIME_TIMEOUT',
]);

/** What the server said, as five characters; `undefined` for what the driver says. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof SQL.PostgresError ? error.errno : undefined;
}

export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(sqlStateOf(error) ?? '');
}

/** Somebody else had what was to be locked, for longer than we wanted to wait. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

/** Whether the connection that failed so can answer nothing more. */
export function endsConnection(error: unknown): boolean {
  if (!(error instanceof SQL.PostgresError)) return false;
  const state = error.errno;
  return state === undefined ? CODES_OF_LOSS.has(error.code) : ENDING.some((pattern) => pattern.test(state));
}

export function isTemporary(error: unknown): boolean {
  if (!(error instanceof SQL.PostgresError)) return false;
  const state = error.errno;
  return state === undefined ? CODES_OF_LOSS.has(error.code) : TEMPORARY.some((pattern) => pattern.test(state));
}

/** Gives a failure of the server its name; a mistake in a query stays what it is. */
export function translatePostgresError(error: unknown): unknown {
  if (error instanceof OciError || !(error instanceof SQL.PostgresError)) return error;
  const state = error.errno;
  if (state === undefined) return endsConnection(error) ? new ConnectionLostError(error) : error;
  if (state === DISK_FULL) return new StorageFullError('no space left for the database', { cause: error });
  if (endsConnection(error) && state !== '25006') return new ConnectionLostError(error);
  const reason = UNAVAILABLE.get(state) ?? UNAVAILABLE.get(state.slice(0, 2));
  return reason === undefined ? error : new StorageUnavailableError(reason, { cause: error });
}

/** The server lives, and takes no more connections. */
export function isOutOfConnections(error: unknown): boolean {
  return sqlStateOf(error) === '53300';
}

/** No connection can be made. */
export function unreachableBecause(cause: unknown): StorageUnavailableError {
  const state = sqlStateOf(cause);
  const reason = state === undefined ? undefined : (UNAVAILABLE.get(state) ?? UNAVAILABLE.get(state.slice(0, 2)));
  return new StorageUnavailableError(reason ?? 'the database cannot be reached', { cause });
}

/** Why there is no connection, and what to do, for whoever starts the server. */
export function refusalOf(failure: unknown, target: PostgresTarget): DatabaseRefusedError {
  if (failure instanceof DatabaseRefusedError) return failure;
  // A migration says which one failed; the database said why.
  const error = failure instanceof Error && failure.cause instanceof SQL.PostgresError ? failure.cause : failure;
  const { host, port, database, user } = target;
  const place = host.startsWith('/') ? host : `${host}:${port}`;
  const say = (text: string): DatabaseRefusedError => new DatabaseRefusedError(text, error);
  const state = sqlStateOf(error) ?? '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (state === '3D000') {
    return say(`There is no database "${database}" at ${place}. Make it: createdb --owner=${user} ${database}`);
  }
  if (state.startsWith('28')) {
    return say(
      `PostgreSQL at ${place} refuses user "${user}": ${messageOf(error)}. Compare the user and the password in HAVRE_DATABASE_URL, and pg_hba.conf of the server.`,
    );
  }
  if (state === '42501') {
    return say(
      `User "${user}" may not make tables in database "${database}" at ${place}: ${messageOf(error)}. Make it the owner of the database.`,
    );
  }
  if (state === '25006') {
    return say(`PostgreSQL at ${place} is read-only, a standby perhaps. Name the primary in HAVRE_DATABASE_URL.`);
  }
  if (/TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    return say(
      `There is no TLS to PostgreSQL at ${place}: ${messageOf(error)}. Compare sslmode and sslrootcert in HAVRE_DATABASE_URL with the certificate of the server.`,
    );
  }
  if (isTemporary(error)) {
    return say(
      `PostgreSQL at ${place} cannot be reached: ${messageOf(error)}. Does it run, and is the address in HAVRE_DATABASE_URL its own?`,
    );
  }
  return say(`PostgreSQL at ${place} cannot be used: ${messageOf(error)}.`);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, '');
}
