import { StorageUnavailableError } from '../../oci/errors.ts';
import type { Transaction } from '../database.ts';
import type { SqliteConnection } from './connection.ts';

interface Waiting {
  readonly durable: boolean;
  /** Runs the work in its own savepoint and keeps the outcome for later. @throws what ended the whole batch. */
  readonly run: () => Promise<void>;
  /** The batch is committed: tell the caller the outcome of its own work. */
  readonly settle: () => void;
  /** The batch was lost: tell the caller so, whatever its own work did. */
  readonly fail: (error: unknown) => void;
}

/** Bounds the time that the first of a batch waits for the last. */
const LARGEST_BATCH = 64;

/**
 * The one writer of a SQLite database. Transactions that wait together are committed together, each in a savepoint of
 * its own: a commit costs a disk flush, and so one flush serves every client that was waiting for it.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #durable = true;
  #isClosed = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  run<Result>(work: (tx: Transaction) => Promise<Result>, durable: boolean): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new StorageUnavailableError('the database is closed'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let settle = (): void => undefined;
    const run = async (): Promise<void> => {
      try {
        const result = await this.#inSavepoint(work);
        settle = () => resolve(result);
      } catch (error) {
        if (!this.#connection.isInTransaction) throw error;
        settle = () => reject(error);
      }
    };
    this.#waiting.push({ durable, run, settle: () => settle(), fail: reject });
    this.#draining ??= this.#drain();
    return promise;
  }

  /** Takes no more work, and resolves when nothing waits any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    // The requests that arrived in this turn of the event loop get to queue before the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, LARGEST_BATCH));
    this.#draining = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      this.#setDurable(batch.some(({ durable }) => durable));
      this.#connection.execute('BEGIN IMMEDIATE');
      for (const { run } of batch) await run();
      this.#connection.execute('COMMIT');
    } catch (error) {
      this.#rollBack();
      for (const { fail } of batch) fail(error);
      return;
    }
    for (const { settle } of batch) settle();
  }

  /** When this fails too, `BEGIN` will fail, and the next batch comes here again: the writer heals when the disk does. */
  #rollBack(): void {
    if (!this.#connection.isInTransaction) return;
    try {
      this.#connection.execute('ROLLBACK');
    } catch {
      // What led here is what is told.
    }
  }

  async #inSavepoint<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    this.#connection.execute('SAVEPOINT work');
    try {
      const result = await work(this.#connection as unknown as Transaction);
      this.#connection.execute('RELEASE work');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll everything back by itself. A savepoint would then be a transaction of its own, and
      // be committed although its batch is lost: nothing more may run.
      if (this.#connection.isInTransaction) this.#connection.execute('ROLLBACK TO work; RELEASE work');
      throw error;
    }
  }

  #setDurable(durable: boolean): void {
    if (durable === this.#durable) return;
    this.#connection.execute(`PRAGMA synchronous=${durable ? 'FULL' : 'NORMAL'}`);
    this.#durable = durable;
  }
}
