import { Database as SqliteFile } from 'bun:sqlite';
import type { Database, Queryable, Transaction, TransactionOptions } from '../database.ts';
import { migrateToLatest } from '../migrations/migrate.ts';
import { SqliteConnection } from './connection.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { settlePlans } from './planner-statistics.ts';
import { translateSqliteError } from './sqlite-errors.ts';
import { SqliteWriter } from './writer.ts';

/**
 * Opens, and brings up to date, the database of one folder. The caller holds the folder's lock: this process is its
 * only writer.
 *
 * @param path of the database file, made if absent.
 * @throws {StorageUnavailableError} the file cannot be opened or written.
 */
export async function openSqlite(path: string): Promise<Database> {
  try {
    const file = new SqliteFile(path, { create: true, readwrite: true, strict: true });
    for (const pragma of WRITER_PRAGMAS) file.run(pragma);
    const kysely = kyselyOver(file);
    await migrateToLatest(kysely, 'sqlite');
    settlePlans(file);
    const openReader = (): SqliteConnection => {
      const reading = new SqliteFile(path, { readonly: true, strict: true });
      for (const pragma of READER_PRAGMAS) reading.run(pragma);
      return new SqliteConnection(reading, kysely);
    };
    return sqliteDatabase(new SqliteConnection(file, kysely), openReader);
  } catch (error) {
    throw translateSqliteError(error);
  }
}

const CACHE_PRAGMAS = ['PRAGMA cache_size=-16000', 'PRAGMA busy_timeout=5000'];
const WRITER_PRAGMAS = [
  'PRAGMA journal_mode=WAL',
  'PRAGMA synchronous=FULL',
  'PRAGMA foreign_keys=ON',
  // 40 MB: every copy of the log into the database flushes both, while requests wait.
  'PRAGMA wal_autocheckpoint=10000',
  ...CACHE_PRAGMAS,
];
const READER_PRAGMAS = ['PRAGMA query_only=ON', ...CACHE_PRAGMAS];

function sqliteDatabase(writing: SqliteConnection, openReader: () => SqliteConnection): Database {
  const reading = openReader();
  const writer = new SqliteWriter(writing);
  // What a connection has in memory outlives its own commits, but not those of another: between two transactions the
  // writer answers from memory what the reader would read again. In the middle of one it would show what may be undone.
  const answering = (): SqliteConnection => (writing.isInTransaction ? reading : writing);
  return {
    isShared: false,
    all: (question, parameters) => answering().all(question, parameters),
    first: (question, parameters) => answering().first(question, parameters),
    build: (build) => reading.build(build),
    transaction: <Result>(work: (tx: Transaction) => Promise<Result>, options: TransactionOptions = {}) =>
      writer.run(work, options.durable ?? true),
    snapshot: (work) => inSnapshot(openReader(), work),
    close: async () => {
      await writer.close();
      reading.close();
      writing.close();
    },
  };
}

/** The first read of a transaction settles what the others see; the log keeps it until the end. */
async function inSnapshot<Result>(
  reader: SqliteConnection,
  work: (facts: Queryable) => Promise<Result>,
): Promise<Result> {
  try {
    reader.execute('BEGIN');
    return await work(reader);
  } finally {
    reader.close();
  }
}
