import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openConnectionsWithFake, type ConnectionsWithFake } from '../../test/support/fake-registry-kind.ts';
import { trimChecks } from './trim-checks.ts';

let world: ConnectionsWithFake;

beforeEach(async () => {
  world = await openConnectionsWithFake();
});

afterEach(() => world.close());

const DAY = 86_400;
const signal = new AbortController().signal;
const GOOD = 'good-secret';

async function add(name = 'one', options: object = {}): Promise<string> {
  const input = { name, url: 'r.example.org', username: 'ada', secret: GOOD, ...options };
  return (await world.connections.add('p', input, SOMEBODY)).id;
}

describe('the checker', () => {
  it('tries what was added, and again after an hour, give or take', async () => {
    const id = await add();
    world.fake.accept(GOOD);
    expect(await world.checkDue()).toBe(1);
    expect(await world.checkDue()).toBe(0);
    const { health } = await world.connections.get(id);
    expect(health.state).toBe('valid');
    const seconds = ((health.nextCheckAt?.getTime() ?? 0) - (health.checkedAt?.getTime() ?? 0)) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(3240);
    expect(seconds).toBeLessThanOrEqual(3960);
    world.advance(3960);
    expect(await world.checkDue()).toBe(1);
    expect(await world.actions()).toEqual(['registry.added', 'registry.state-changed']);
  });

  it('tries sooner what fails, and less and less often', async () => {
    const id = await add();
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      expect(await world.checkDue()).toBe(1);
      const { nextCheckAt, checkedAt } = (await world.connections.get(id)).health;
      const seconds = ((nextCheckAt?.getTime() ?? 0) - (checkedAt?.getTime() ?? 0)) / 1000;
      waits.push(2 ** Math.round(Math.log2(seconds / 60)));
      world.advance(seconds);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
    expect(await world.actions()).toEqual(['registry.added', 'registry.state-changed']);
  });

  it('tries each once, however many nodes there are, and so many at a time', async () => {
    for (let n = 0; n < 40; n += 1) await add(`r${n}`);
    world.fake.accept(GOOD);
    const checked = await Promise.all([world.checkDue(), world.checkDue(), world.checkDue()]);
    expect(checked.reduce((sum, n) => sum + n)).toBe(40);
    expect(world.fake.checks).toBe(40);
    expect(world.fake.mostAtOnce).toBeLessThanOrEqual(12);
    expect([...world.checker.counts]).toEqual([['ok', 40]]);
  });

  it('says nothing of a connection that was changed while it was tried', async () => {
    const id = await add();
    world.fake.accept(GOOD);
    const seen = await world.connections.works.records.get(id);
    await world.connections.change(id, { secret: 'other' }, SOMEBODY);
    const trial = { report: undefined, problem: undefined, milliseconds: 1, retryAt: undefined };
    await world.connections.works.records.record(seen, trial, { trigger: 'schedule' });
    expect((await world.connections.get(id)).health.state).toBe('unchecked');
    expect(await world.connections.checks(id, { before: undefined, limit: 10 })).toEqual([]);
  });

  it('keeps the newest checks', async () => {
    const id = await add();
    for (let n = 0; n < 5; n += 1) {
      world.advance(3600);
      await world.checkDue();
    }
    await trimChecks(world.db, 2, signal);
    expect(await world.connections.checks(id, { before: undefined, limit: 10 })).toHaveLength(2);
  });
});

describe('people', () => {
  async function reminders(): Promise<readonly string[]> {
    const rows = await world.db.build((kysely) =>
      kysely.selectFrom('audit').select('details').where('action', '=', 'registry.secret-expiring').orderBy('id'),
    );
    return rows.map(({ details }) => JSON.parse(details ?? '{}').reminder);
  }

  async function passDays(days: number): Promise<void> {
    for (let n = 0; n < days; n += 1) {
      world.advance(DAY);
      await world.checkDue();
    }
  }

  it('are told 14, 7 and 1 days before a secret ends, each once', async () => {
    world.fake.accept(GOOD);
    const id = await add('one', { expiresAt: new Date('2026-12-20T11:00:00Z'), rotateAfterDays: 0 });
    await world.checkDue();
    expect((await world.connections.get(id)).health.state).toBe('valid');
    await passDays(17);
    expect(await reminders()).toEqual(['expiry-14']);
    expect((await world.connections.get(id)).health.state).toBe('expiring');
    await passDays(12);
    expect(await reminders()).toEqual(['expiry-14', 'expiry-7']);
    await passDays(2);
    expect(await reminders()).toEqual(['expiry-14', 'expiry-7', 'expiry-1']);
    expect((await world.connections.get(id)).health.state).toBe('expired');
  });

  it('are told after 90 days that a secret is old, and not again', async () => {
    world.fake.accept(GOOD);
    const id = await add();
    await world.checkDue();
    await passDays(89);
    expect(await reminders()).toEqual([]);
    await passDays(3);
    expect(await reminders()).toEqual(['rotation-90']);
    expect((await world.connections.get(id)).health.state).toBe('expiring');
    await world.connections.change(id, { secret: GOOD }, SOMEBODY);
    await world.checkDue();
    expect((await world.connections.get(id)).health.state).toBe('valid');
  });

  it('are told what the registry says of the end, whatever somebody said', async () => {
    world.fake.accept(GOOD);
    world.fake.secretExpiresAt = new Date('2026-11-24T10:00:00Z');
    const id = await add('one', { expiresAt: new Date('2030-01-01T00:00:00Z') });
    await world.checkDue();
    expect((await world.connections.get(id)).credential).toMatchObject({
      expiresAt: world.fake.secretExpiresAt,
      expirySource: 'registry',
    });
  });
});
