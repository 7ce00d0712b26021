import { describe, expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { createLogger } from '../telemetry/log.ts';
import type { Database } from '../metadata/database.ts';
import { releaseAllLeases } from '../metadata/leases.ts';
import { StorageUnavailableError } from '../oci/errors.ts';
import { LeaseLostError, Leases } from './leases.ts';
import { runOnce, startSchedule } from './schedule.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';

/** Two nodes on one database, and the time of both. */
async function twoNodes(options: { renewSeconds?: number } = {}) {
  const folder = temporaryFolder('leases');
  const db = await openTestDatabase(folder);
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const broken = { isBroken: false };
  const breakable: Database = {
    ...db,
    transaction: (work, wanted) =>
      broken.isBroken ? Promise.reject(new StorageUnavailableError()) : db.transaction(work, wanted),
  };
  const nodeOn = (database: Database, node: string): Leases =>
    new Leases({ db: database, node, now: () => clock.now, renewSeconds: options.renewSeconds ?? 3600 });
  return {
    one: nodeOn(breakable, 'one'),
    two: nodeOn(db, 'two'),
    db,
    broken,
    advance: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },
    [Symbol.asyncDispose]: async () => {
      await db.close();
      removeFolder(folder);
    },
  };
}

const silent = createLogger({ level: 'error', pretty: false, sink: { write: () => {}, close: async () => {} } });

describe('a lease', () => {
  it('is had by one claim at a time, and by the next once it is released', async () => {
    await using nodes = await twoNodes();
    const lease = await nodes.one.take('work');
    expect(lease?.signal.aborted).toBe(false);
    expect(await nodes.two.take('work')).toBeUndefined();
    expect(await nodes.one.take('work')).toBeUndefined();
    expect(await nodes.two.take('other work')).toBeDefined();
    await lease?.release();
    expect(await nodes.two.take('work')).toBeDefined();
  });

  it('is had by one of many that ask at once', async () => {
    await using nodes = await twoNodes();
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? nodes.one : nodes.two).take('work')),
    );
    expect(claims.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('of a node that died ends by itself, and it is told so when it was only slow', async () => {
    await using nodes = await twoNodes({ renewSeconds: 0.01 });
    nodes.broken.isBroken = false;
    const lease = await nodes.one.take('work');
    nodes.broken.isBroken = true;
    nodes.advance(61);
    expect(await nodes.two.take('work')).toBeDefined();
    await eventually('the slow node knows', () => expect(lease?.signal.aborted).toBe(true));
    expect(lease?.signal.reason).toBeInstanceOf(LeaseLostError);
    nodes.broken.isBroken = false;
    // What it has lost is not its to release.
    await lease?.release();
    expect(await nodes.one.take('work')).toBeUndefined();
  });

  it('is renewed as long as it is held', async () => {
    await using nodes = await twoNodes({ renewSeconds: 0.01 });
    const lease = await nodes.one.take('work');
    nodes.advance(50);
    await eventually('it was renewed', async () => {
      const { expires_at } = (
        await nodes.db.build((kysely) => kysely.selectFrom('leases').select('expires_at').where('name', '=', 'work'))
      )[0] ?? { expires_at: 0 };
      expect(expires_at).toBe(new Date('2026-11-20T10:01:50Z').getTime());
    });
    nodes.advance(50);
    expect(await nodes.two.take('work')).toBeUndefined();
    await lease?.release();
  });

  it('is free for the one process of a database that starts again', async () => {
    await using nodes = await twoNodes();
    await nodes.one.take('work');
    await releaseAllLeases(nodes.db);
    expect(await nodes.one.take('work')).toBeDefined();
  });
});

describe('scheduled work', () => {
  const signal = new AbortController().signal;

  it('runs once in its time, whatever the number of nodes', async () => {
    await using nodes = await twoNodes();
    let runs = 0;
    const job = { name: 'work', seconds: 600, work: async () => (runs += 1) };
    const look = (leases: Leases): Promise<void> => runOnce(job, 570, { leases, log: silent, stopping: signal });
    for (let minute = 0; minute < 60; minute += 1) {
      await Promise.all([look(nodes.one), look(nodes.two)]);
      nodes.advance(60);
    }
    expect(runs).toBe(6);
  });

  it('is tried again by another node when it failed, at its next time', async () => {
    await using nodes = await twoNodes();
    const failing = { name: 'work', seconds: 600, work: () => Promise.reject(new Error('no')) };
    await runOnce(failing, 570, { leases: nodes.one, log: silent, stopping: signal });
    nodes.advance(600);
    let runs = 0;
    const job = { ...failing, work: async () => (runs += 1) };
    await runOnce(job, 570, { leases: nodes.two, log: silent, stopping: signal });
    expect(runs).toBe(1);
  });

  it('is told to stop, and waited for', async () => {
    await using nodes = await twoNodes();
    const began = Promise.withResolvers<void>();
    let hasEnded = false;
    const work = async (stopping: AbortSignal): Promise<void> => {
      began.resolve();
      await new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve()));
      hasEnded = true;
    };
    const schedule = startSchedule([{ name: 'work', seconds: 0.01, work }], { leases: nodes.one, log: silent });
    await began.promise;
    await schedule.stop();
    expect(hasEnded).toBe(true);
    expect(await nodes.two.take('work')).toBeDefined();
  });
});
