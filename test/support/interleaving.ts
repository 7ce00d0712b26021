import type { Scheduler } from 'fast-check';
import type { Database, Queryable, Transaction } from '../../src/metadata/database.ts';
import type { TestedStore } from './registry-under-test.ts';

/** Lets a test decide, at each step of the parts below, who goes on first. */
export type Step = (name: string) => Promise<void>;

/** Every step waits until fast-check picks it: the same seed gives the same order, and a failure shrinks to a short one. */
export function stepsOf(scheduler: Scheduler): Step {
  return async (name) => {
    await scheduler.schedule(Promise.resolve(), name);
  };
}

/** The same database, with a step before each read, before each statement of a transaction, and after each commit. */
export function interleavedDatabase(db: Database, step: Step): Database {
  return {
    ...interleavedQueries(db, step),
    transaction: async (work, options) => {
      await step('transaction');
      const result = await db.transaction((tx) => work(interleavedQueries(tx, step) as Transaction), options);
      await step('committed');
      return result;
    },
    close: () => db.close(),
  };
}

function interleavedQueries(queries: Queryable, step: Step): Queryable {
  return {
    all: async (question, parameters) => {
      await step('all');
      return queries.all(question, parameters);
    },
    first: async (question, parameters) => {
      await step('first');
      return queries.first(question, parameters);
    },
    build: async (build) => {
      await step('build');
      return queries.build(build);
    },
  };
}

/** The same store, with a step before and after whatever changes it or waits for a disk. */
export function interleavedStore(store: TestedStore, step: Step): TestedStore {
  const around = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    await step(name);
    const result = await work();
    await step(`${name} done`);
    return result;
  };
  return {
    size: (key) => around('size', () => store.size(key)),
    read: (key, sizeBytes, range) => store.read(key, sizeBytes, range),
    delete: (key) => around('delete', () => store.delete(key)),
    create: (id, algorithm) => around('create', () => store.create(id, algorithm)),
    offset: (id) => around('offset', () => store.offset(id)),
    append: (id, chunk, options) => around('append', () => store.append(id, chunk, options)),
    commit: (id, digest) => around('commit', () => store.commit(id, digest)),
    abort: (id) => around('abort', () => store.abort(id)),
    listIdle: (idleSeconds) => store.listIdle(idleSeconds),
    listKeys: () => store.listKeys(),
    usage: () => store.usage(),
  };
}
