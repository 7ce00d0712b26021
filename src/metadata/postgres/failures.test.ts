import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'bun:test';
import { eventually } from '../../../test/support/eventually.ts';
import { openTestPostgres, postgresRunsHere } from '../../../test/support/postgres.ts';
import { PostgresServer } from '../../../test/support/postgres-server.ts';
import { descendants } from '../../../test/support/process.ts';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { findBookmark, saveBookmark } from '../bookmarks.ts';
import { query, type Database, type Parameter } from '../database.ts';
import type { PostgresDatabase } from './open.ts';
import { UnknownOutcomeError } from './transactions.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

/** Slow, as statements of ours never are. */
const slept = query((db, parameter: Parameter<{ seconds: number }>) =>
  db.selectNoFrom(sql<string>`pg_sleep(${parameter('seconds')}::float8)`.as('slept')),
);
const pid = query((db, _parameter: Parameter<object>) =>
  db.selectNoFrom(({ fn }) => fn<number>('pg_backend_pid', []).as('pid')),
);

function save(db: Database, name: string, value = 'x'): Promise<void> {
  return db.transaction((tx) => saveBookmark(tx, name, value, NOW));
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Opens all connections that the pool may have. */
async function warm(db: PostgresDatabase, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => db.all(slept, { seconds: 0.05 })));
  expect(db.figures.idle).toBe(connections);
}

function parentOf(process: number): number {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function signal(processes: readonly number[], name: NodeJS.Signals): void {
  for (const each of processes) process.kill(each, name);
}

describe.if(postgresRunsHere('failures of PostgreSQL', 'own'))('PostgreSQL that fails', () => {
  let server: PostgresServer;
  let url: string;
  let made = 0;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  beforeEach(async () => {
    made += 1;
    url = await server.createDatabase(`db${made}`);
  });

  const psql = (statement: string): Promise<string> => server.query(`db${made}`, statement);
  const terminateAll = (): Promise<string> =>
    psql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'havre' and datname = current_database()`,
    );

  it('is unavailable while it is killed, keeps what was written, and is used again as soon as it is back', async () => {
    const db = await openTestPostgres(url);
    await save(db, 'before');
    await server.kill();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await failure(findBookmark(db, 'before'))).toBeInstanceOf(StorageUnavailableError);
      expect(await failure(save(db, 'during'))).toBeInstanceOf(StorageUnavailableError);
    }
    await server.restart();
    await eventually('it is used again', () => save(db, 'after'));
    expect(await findBookmark(db, 'during')).toBeUndefined();
    await db.close();
  });

  it('that ended all our connections costs no request', async () => {
    const db = await openTestPostgres(url);
    await save(db, 'before');
    await warm(db, 4);
    await terminateAll();
    const asked = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? findBookmark(db, 'before') : save(db, 'x')));
    expect(await Promise.all(asked)).toContain('x');
    await db.close();
  });

  it('that ends a connection in the middle of a transaction has it run once more, on another one', async () => {
    const db = await openTestPostgres(url);
    let runs = 0;
    await db.transaction(async (tx) => {
      runs += 1;
      await saveBookmark(tx, 'name', String(runs), NOW);
      if (runs === 1) await psql(`select pg_terminate_backend(${(await tx.first(pid, {}))?.pid})`);
      await saveBookmark(tx, 'other', String(runs), NOW);
    });
    expect([runs, await findBookmark(db, 'name'), await findBookmark(db, 'other')]).toEqual([2, '2', '2']);
    await db.close();
  });

  it('that ends a connection during a commit leaves its outcome unknown, and says so', async () => {
    const db = await openTestPostgres(url);
    await psql(`
      create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
      create constraint trigger wait after insert on bookmarks deferrable initially deferred
        for each row execute function wait()`);
    const saved = failure(save(db, 'name'));
    await eventually('it commits', async () => {
      expect(await psql(`select count(*) from pg_stat_activity where query = 'commit' and state = 'active'`)).toBe(
        '1\n',
      );
    });
    await terminateAll();
    expect(await saved).toBeInstanceOf(UnknownOutcomeError);
    await db.close();
  });

  it('that lets two transactions wait for each other has one of them run again', async () => {
    const db = await openTestPostgres(url);
    await save(db, 'a');
    await save(db, 'b');
    const met = Promise.withResolvers<void>();
    let first = 0;
    const both = (['ab', 'ba'] as const).map((names) =>
      db.transaction(async (tx) => {
        await saveBookmark(tx, names[0] ?? '', names, NOW);
        first += 1;
        if (first >= 2) met.resolve();
        await met.promise;
        await saveBookmark(tx, names[1] ?? '', names, NOW);
      }),
    );
    await Promise.all(both);
    expect(first).toBe(3);
    expect(await findBookmark(db, 'a')).toBe(await findBookmark(db, 'b'));
    await db.close();
  });

  it('that refuses a statement lets nothing of the transaction through, even if nobody minds', async () => {
    const db = await openTestPostgres(url);
    const careless = db.transaction(async (tx) => {
      await saveBookmark(tx, 'name', 'value', NOW);
      await failure(tx.build((kysely) => kysely.selectFrom('nowhere' as never).selectAll() as never));
    });
    expect(await failure(careless)).toMatchObject({ errno: '42P01' });
    expect(await findBookmark(db, 'name')).toBeUndefined();
    await db.close();
  });

  it('frozen in one of its processes costs one request its time, and no other', async () => {
    const db = await openTestPostgres(url, { statementTimeoutSeconds: 0.5 });
    await warm(db, 4);
    const frozen = (await db.first(pid, {}))?.pid ?? 0;
    signal([frozen], 'SIGSTOP');
    try {
      const answers = await Promise.all(Array.from({ length: 12 }, () => failure(findBookmark(db, 'x'))));
      const failed = answers.filter((error) => error !== undefined);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({ message: 'the database did not answer within 2.5 s' });
      expect(await findBookmark(db, 'x')).toBeUndefined();
    } finally {
      signal([frozen], 'SIGCONT');
    }
    await db.close();
  });

  it('frozen as a whole is unavailable in bounded time, and is used again when it goes on', async () => {
    const db = await openTestPostgres(url, { statementTimeoutSeconds: 0.5, connectTimeoutSeconds: 1 });
    await warm(db, 4);
    const master = parentOf((await db.first(pid, {}))?.pid ?? 0);
    const all = [master, ...descendants(master)];
    signal(all, 'SIGSTOP');
    try {
      const answers = await Promise.all(Array.from({ length: 12 }, () => failure(save(db, 'x'))));
      for (const error of answers) expect(error).toBeInstanceOf(StorageUnavailableError);
      expect(await failure(save(db, 'x'))).toBeInstanceOf(StorageUnavailableError);
    } finally {
      signal(all, 'SIGCONT');
    }
    await eventually('it is used again', () => save(db, 'y'));
    await db.close();
  });

  it('that gives us fewer connections than we want serves everybody by those it gives', async () => {
    await psql(`create role few login password 'few' connection limit 2; alter database db${made} owner to few`);
    const fewer = new URL(url);
    fewer.username = fewer.password = 'few';
    const db = await openTestPostgres(fewer.href);
    await Promise.all(Array.from({ length: 8 }, () => db.all(slept, { seconds: 0.05 })));
    expect(db.figures.refused).toBeGreaterThan(0);
    await db.close();
  });

  it('is told to end a statement that takes too long, and the connection serves on', async () => {
    const db = await openTestPostgres(url, { statementTimeoutSeconds: 0.3, poolSize: 2 });
    const error = await failure(db.all(slept, { seconds: 10 }));
    expect(error).toMatchObject({ message: 'the database took too long', status: 503 });
    expect(db.figures).toMatchObject({ idle: 1, lost: 0 });
    await db.close();
  });

  it('has its callers wait for a connection no longer than for an answer', async () => {
    const db = await openTestPostgres(url, { statementTimeoutSeconds: 1, poolSize: 2 });
    const end = Promise.withResolvers<void>();
    const holding = [1, 2].map(() => db.transaction(() => end.promise));
    expect(await failure(findBookmark(db, 'x'))).toMatchObject({
      message: 'all connections to the database are busy',
      status: 503,
    });
    end.resolve();
    await Promise.all(holding);
    expect(await findBookmark(db, 'x')).toBeUndefined();
    await db.close();
  });

  it('that became read-only refuses changes and answers questions', async () => {
    const db = await openTestPostgres(url);
    await save(db, 'name');
    await psql(`alter database db${made} set default_transaction_read_only = on`);
    await terminateAll();
    expect(await failure(save(db, 'other'))).toMatchObject({ message: 'the database is read-only', status: 503 });
    expect(await findBookmark(db, 'name')).toBe('x');
    await server.query('postgres', `alter database db${made} reset default_transaction_read_only`);
    await eventually('it takes changes', () => save(db, 'other'));
    await db.close();
  });

  it('lets a snapshot go on for longer than a statement may, beside a pool that is all lent', async () => {
    const db = await openTestPostgres(url, { statementTimeoutSeconds: 0.3, poolSize: 2 });
    const end = Promise.withResolvers<void>();
    const holding = [1, 2].map(() => db.transaction(() => end.promise));
    await db.snapshot((facts) => facts.all(slept, { seconds: 0.5 }));
    end.resolve();
    await Promise.all(holding);
    await db.close();
  });
});
