import { StorageUnavailableError } from '../../oci/errors.ts';
import type { LockMode, LockName, Transaction, TransactionOptions } from '../database.ts';
import type { PostgresConnection } from './connection.ts';
import type { PostgresPool } from './pool.ts';
import { endsConnection, isConflict, translatePostgresError } from './postgres-errors.ts';
import { PostgresQuestions } from './questions.ts';

const BEGIN = 'begin isolation level read committed';
/** The commit does not wait for the disk. */
const RELAXED = '; set local synchronous_commit = off';
/** Names become numbers, and are taken in the order of the names, as `locks.ts` says: nobody waits in a circle. */
const NUMBERS = `select name, hashtextextended(name, 0) as number from json_array_elements_text($1::text::json) as name order by name collate "C"`;
const LOCK: Readonly<Record<LockMode, string>> = {
  exclusive: `select pg_advisory_xact_lock(number) from (${NUMBERS}) as numbers`,
  shared: `select pg_advisory_xact_lock_shared(number) from (${NUMBERS}) as numbers`,
};
const TRY_LOCK = `select name, pg_try_advisory_xact_lock(number) as taken from (${NUMBERS}) as numbers`;

/** Attempts at a transaction that conflicts with others; conflicts are rare, because locks come first. */
const ATTEMPTS = 6;
const FIRST_PAUSE_MILLISECONDS = 10;

/** Nobody knows whether the change was made: the connection was lost while it was being committed. */
export class UnknownOutcomeError extends StorageUnavailableError {
  constructor(cause: unknown) {
    super('the connection to the database was lost during a commit: the change may have been made', { cause });
  }
}

/** Whether the transaction left nothing, and may succeed when it is run again. */
type Again = 'never' | 'after a conflict' | 'on another connection';

class FailedAttempt extends Error {
  readonly again: Again;

  constructor(cause: unknown, again: Again) {
    super('a transaction failed', { cause });
    this.again = again;
  }
}

/** Runs `work` in a transaction of its own, again where it met another one or a dead connection. */
export async function inTransaction<Result>(
  pool: PostgresPool,
  work: (tx: Transaction) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  let isReconnected = false;
  for (let attempt = 1; ; attempt += 1) {
    const began = performance.now();
    try {
      return await pool.lend((connection) => attemptOn(connection, work, options));
    } catch (error) {
      if (!(error instanceof FailedAttempt)) throw translatePostgresError(error);
      const isWorthIt =
        error.again === 'after a conflict'
          ? attempt < ATTEMPTS
          : error.again === 'on another connection' && !isReconnected;
      if (!isWorthIt) throw translatePostgresError(error.cause);
      if (error.again === 'on another connection') {
        isReconnected = true;
        pool.forsakeOpenedBefore(began);
      } else await pauseBefore(attempt + 1);
    }
  }
}

async function attemptOn<Result>(
  connection: PostgresConnection,
  work: (tx: Transaction) => Promise<Result>,
  { durable = true }: TransactionOptions,
): Promise<Result> {
  const tx = new PostgresTransaction(connection, durable ? BEGIN : BEGIN + RELAXED);
  let result: Result;
  try {
    result = await work(tx as unknown as Transaction);
    // PostgreSQL would answer COMMIT with ROLLBACK, and the caller take the change for made.
    if (tx.failure !== undefined) throw tx.failure;
  } catch (error) {
    await tx.rollBack();
    throw new FailedAttempt(error, againAfter(error, tx.failure));
  }
  await tx.commit();
  return result;
}

/** @param own what the database said first, whatever the work made of it. */
function againAfter(error: unknown, own: unknown): Again {
  const cause = own ?? error;
  if (isConflict(cause)) return 'after a conflict';
  return endsConnection(cause) ? 'on another connection' : 'never';
}

async function pauseBefore(attempt: number): Promise<void> {
  await Bun.sleep(Math.random() * FIRST_PAUSE_MILLISECONDS * 2 ** attempt);
}

/** It begins with the first statement: work that asks nothing costs nothing. */
class PostgresTransaction extends PostgresQuestions {
  readonly #connection: PostgresConnection;
  readonly #begin: string;
  #begun: Promise<unknown> | undefined;
  /** The first statement that failed: after it PostgreSQL refuses all others. */
  failure: Error | undefined;

  constructor(connection: PostgresConnection, begin: string) {
    super(async (ask) => {
      await this.#start();
      return this.#watch(ask(connection));
    });
    this.#connection = connection;
    this.#begin = begin;
  }

  async lock(mode: LockMode, names: readonly LockName[]): Promise<void> {
    if (names.length === 0) return;
    // Travels with BEGIN: should that fail alone, a lock is all that was taken, and given back at once.
    const begun = this.#start();
    const locked = this.#watch(this.#connection.run(LOCK[mode], [JSON.stringify(names)]));
    await Promise.all([begun, locked]);
  }

  async tryLock(names: readonly LockName[]): Promise<ReadonlySet<LockName>> {
    if (names.length === 0) return new Set();
    await this.#start();
    const rows = await this.#watch(this.#connection.run(TRY_LOCK, [JSON.stringify(names)]));
    const answers = rows as readonly { readonly name: LockName; readonly taken: boolean }[];
    return new Set(answers.filter(({ taken }) => taken).map(({ name }) => name));
  }

  async commit(): Promise<void> {
    if (this.#begun === undefined) return;
    let done: string | undefined;
    try {
      done = await this.#connection.command('commit');
    } catch (error) {
      // A refusal is an answer: a constraint that is checked at the end, a conflict.
      const isUnknown = endsConnection(error) || this.#connection.isLost;
      if (isUnknown) throw new UnknownOutcomeError(error);
      throw new FailedAttempt(error, againAfter(error, undefined));
    }
    if (done !== 'COMMIT') throw new Error(`PostgreSQL answered COMMIT with ${done}`);
  }

  async rollBack(): Promise<void> {
    if (this.#begun === undefined || this.#connection.isLost) return;
    try {
      await this.#connection.command('rollback');
    } catch {
      // What led here is what is told.
      this.#connection.destroy();
    }
  }

  #start(): Promise<unknown> {
    this.#begun ??= this.#watch(this.#connection.command(this.#begin));
    return this.#begun;
  }

  /** Keeps the first failure, and keeps one that nobody waits for from ending the process. */
  #watch<Result>(answer: Promise<Result>): Promise<Result> {
    answer.catch((error: unknown) => {
      this.failure ??= error instanceof Error ? error : new Error('a statement failed', { cause: error });
    });
    return answer;
  }
}
