import { SQLiteError } from 'bun:sqlite';
import { StorageFullError, StorageUnavailableError } from '../../oci/errors.ts';

/** SQLite's primary result codes for conditions of the disk, not of the query. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [3, 'the database refuses access'],
  [5, 'the database is busy'],
  [6, 'the database is locked'],
  [8, 'the database is read-only'],
  [10, 'the disk of the database fails'],
  [14, 'the database cannot be opened'],
]);
const FULL = 13;

/** Gives a failure of the disk its name; a mistake in a query stays what it is. */
export function translateSqliteError(error: unknown): unknown {
  if (error instanceof Error && error.cause instanceof SQLiteError) return translateSqliteError(error.cause);
  if (!(error instanceof SQLiteError)) return error;
  // An extended code (SQLITE_IOERR_WRITE) keeps the primary one in its low byte.
  const primary = error.errno & 0xff;
  if (primary === FULL) return new StorageFullError('no space left for the database', { cause: error });
  const reason = UNAVAILABLE.get(primary);
  return reason === undefined ? error : new StorageUnavailableError(reason, { cause: error });
}
