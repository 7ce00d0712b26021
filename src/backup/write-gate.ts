import type { Database, Transaction, TransactionOptions } from '../metadata/database.ts';
import { StorageUnavailableError } from '../oci/errors.ts';

/**
 * Makes a database read-only for a while: what would change it is told to come again later. Only where one process
 * writes.
 */
export class WriteGate {
  /** What everybody works with. */
  readonly database: Database;
  readonly #inner: Database;
  #isClosed = false;

  constructor(inner: Database) {
    this.#inner = inner;
    this.database = {
      isShared: inner.isShared,
      all: (question, parameters) => inner.all(question, parameters),
      first: (question, parameters) => inner.first(question, parameters),
      build: (build) => inner.build(build),
      snapshot: (work) => inner.snapshot(work),
      transaction: (work, options) => this.#transaction(work, options),
      close: () => inner.close(),
    };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From when it resolves, nothing changes any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Those that began before are done when one that begins now is.
    await this.#inner.transaction(async () => undefined, { durable: false });
  }

  open(): void {
    this.#isClosed = false;
  }

  #transaction<Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions): Promise<Result> {
    if (!this.#isClosed) return this.#inner.transaction(work, options);
    return Promise.reject(new StorageUnavailableError('the registry is being moved and is read-only; try again later'));
  }
}
