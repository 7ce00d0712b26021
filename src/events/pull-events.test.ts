import { expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { openTestEvents } from '../../test/support/events.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openReceiver } from '../../test/support/receiver.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { Leases } from '../jobs/leases.ts';
import { systemActor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import { countWaitingDeliveries } from '../metadata/delivery-log.ts';
import { createLogger } from '../telemetry/log.ts';
import { startDelivering } from './delivering.ts';
import { forgetDeliveries } from './forget-deliveries.ts';
import { PullEvents, type Pull } from './pull-events.ts';

const ADMIN = systemActor('admin');
const PULL: Pull = {
  repository: 'team/app',
  digest: `sha256:${'a'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  size: 500,
  method: 'GET',
  actor: ADMIN,
};
const LOG = createLogger({ level: 'error', pretty: false, sink: { write: () => {}, close: async () => {} } });

async function scene() {
  const folder = temporaryFolder('events');
  const db = await openTestDatabase(folder);
  const receiver = openReceiver();
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const events = openTestEvents({ db, folder, now: () => clock.now });
  const base = {
    format: 'cloudevents',
    repositories: [],
    ignoredMediaTypes: [],
    headers: {},
    handshake: false,
  } as const;
  await events.webhooks.add({ ...base, name: 'ci', url: receiver.url, events: ['pull', 'tag.*'] }, ADMIN);
  return {
    ...events,
    db,
    receiver,
    clock,
    [Symbol.asyncDispose]: async () => {
      receiver[Symbol.dispose]();
      await db.close();
      removeFolder(folder);
    },
  };
}

it('pulls beyond what is held in memory are dropped, and counted', async () => {
  await using at = await scene();
  const pulls = new PullEvents({ db: at.db, now: () => at.clock.now, capacity: 3 });
  await pulls.flush();
  for (let i = 0; i < 5; i += 1) pulls.pulled(PULL);
  expect(pulls.dropped).toBe(2);
  await pulls.flush();
  await at.deliver();
  expect(at.receiver.received).toHaveLength(3);
});

it('pulls that cannot be written down now are written down later', async () => {
  await using at = await scene();
  let isBroken = false;
  const transaction: Database['transaction'] = (work, options) =>
    isBroken ? Promise.reject(new Error('away')) : at.db.transaction(work, options);
  const pulls = new PullEvents({ db: { ...at.db, all: at.db.all, transaction }, now: () => at.clock.now });
  await pulls.flush();
  pulls.pulled(PULL);
  isBroken = true;
  const failure: unknown = await pulls.flush().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  isBroken = false;
  await pulls.flush();
  expect((await countWaitingDeliveries(at.db)).count).toBe(1);
});

it('one node at a time sends, as long as there is something to send', async () => {
  await using at = await scene();
  const leases = (node: string) => new Leases({ db: at.db, node, now: () => at.clock.now });
  const nodes = ['one', 'two'].map((node) =>
    startDelivering({ deliverer: at.deliverer, leases: leases(node), log: LOG, seconds: 0.01 }),
  );
  const tag = { action: 'tag.created', repository: 'team/app' as never, tag: 'v1' as never };
  await at.happen(tag);
  await eventually('it was told', () => expect(at.receiver.received).toHaveLength(1));
  await at.happen(tag);
  await eventually('and again, later', () => expect(at.receiver.received).toHaveLength(2));
  await Promise.all(nodes.map((node) => node.stop()));
  expect(await leases('three').take('deliver-events')).toBeDefined();
});

it('nothing is sent while nothing can be written', async () => {
  await using at = await scene();
  let looks = 0;
  const isPaused = (): boolean => {
    looks += 1;
    return true;
  };
  const leases = new Leases({ db: at.db, node: 'one', now: () => at.clock.now });
  const delivering = startDelivering({ deliverer: at.deliverer, leases, log: LOG, isPaused, seconds: 0.001 });
  await at.happen({ action: 'tag.created', repository: 'team/app' as never, tag: 'v1' as never });
  await eventually('it looked', () => expect(looks).toBeGreaterThan(5));
  await delivering.stop();
  expect(at.receiver.received).toEqual([]);
});

it('what was sent is forgotten after its days, and beyond its number; what waits stays', async () => {
  await using at = await scene();
  const signal = new AbortController().signal;
  const forget = (limits: { keepDays: number; keepPerWebhook: number }) =>
    forgetDeliveries(at.db, limits, { now: at.clock.now, signal });
  const tag = { action: 'tag.created', repository: 'team/app' as never, tag: 'v1' as never };
  await at.happen(tag, tag, tag, tag);
  await at.deliver();
  at.receiver.answer(() => new Response('', { status: 500 }));
  await at.happen(tag);
  await at.deliver();
  expect(await forget({ keepDays: 7, keepPerWebhook: 2 })).toBe(2);
  at.clock.now = new Date('2026-11-28T10:00:00Z');
  expect(await forget({ keepDays: 7, keepPerWebhook: 2 })).toBe(2);
  const left = await at.deliveries.list(await at.webhooks.get('ci'), { limit: 10 });
  expect(left).toMatchObject([{ state: 'waiting' }]);
});
