import type { Scheduler } from 'fast-check';
import type { Database, Queryable, Transaction } from '../../src/metadata/database.ts';
import type { TestedStore } from './registry-under-test.ts';

/** Lets a test decide, at each step of the parts below, who goes on first. */
export type Step = (name: string) => Promise<void>;

/**
 * Every step waits until fast-check picks it, and takes a turn of the event loop: the database commits between turns,
 * and would otherwise fall behind everybody else.
 */
export function stepsOf(scheduler: Scheduler): Step {
  return async (name) => {
    await scheduler.schedule(new Promise<void>((resolve) => void setImmediate(resolve)), name);
  };
}

/** The same database, with steps around each read, each statement of a transaction, and each transaction. */
export function interleavedDatabase(db: Database, step: Step): Database {
  return {
    ...interleavedQueries(db, step),
    isShared: db.isShared,
    transaction: (work, options) =>
      around(step, 'transaction', () => db.transaction((tx) => work(interleavedTransaction(tx, step)), options)),
    snapshot: (work) => db.snapshot(work),
    close: () => db.close(),
  };
}

function interleavedQueries(queries: Queryable, step: Step): Queryable {
  return {
    all: (question, parameters) => around(step, 'all', () => queries.all(question, parameters)),
    first: (question, parameters) => around(step, 'first', () => queries.first(question, parameters)),
    build: (build) => around(step, 'build', () => queries.build(build)),
  };
}

function interleavedTransaction(tx: Transaction, step: Step): Transaction {
  return {
    ...interleavedQueries(tx, step),
    lock: (mode, names) => tx.lock(mode, names),
    tryLock: (names) => tx.tryLock(names),
  } as Transaction;
}

/** Before the work, and between its end and whoever waits for it. */
async function around<Result>(step: Step, name: string, work: () => Promise<Result>): Promise<Result> {
  await step(name);
  const result = await work();
  await step(`${name} done`);
  return result;
}

/** The same store, with steps around whatever changes it or waits for a disk. */
export function interleavedStore(store: TestedStore, step: Step): TestedStore {
  return {
    size: (key) => around(step, 'size', () => store.size(key)),
    read: (key, sizeBytes, range) => store.read(key, sizeBytes, range),
    delete: (key) => around(step, 'delete', () => store.delete(key)),
    create: (id, algorithm) => around(step, 'create', () => store.create(id, algorithm)),
    offset: (id) => around(step, 'offset', () => store.offset(id)),
    append: (id, chunk, options) => around(step, 'append', () => store.append(id, chunk, options)),
    commit: (id, digest) => around(step, 'commit', () => store.commit(id, digest)),
    abort: (id) => around(step, 'abort', () => store.abort(id)),
    listIdle: (idleSeconds) => store.listIdle(idleSeconds),
    listKeys: () => store.listKeys(),
    usage: () => store.usage(),
  };
}
