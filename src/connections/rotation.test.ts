import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openConnectionsWithFake, type ConnectionsWithFake } from '../../test/support/fake-registry-kind.ts';
import { RotationError } from './connection-errors.ts';

let world: ConnectionsWithFake;

beforeEach(async () => {
  world = await openConnectionsWithFake();
});

afterEach(() => world.close());

const signal = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function added(options: object = {}): Promise<string> {
  const input = { name: 'one', url: 'r.example.org', username: 'ada', secret: 'old-secret', ...options };
  world.fake.accept('old-secret');
  return (await world.connections.add('p', input, SOMEBODY)).id;
}

async function password(id: string): Promise<string> {
  return (await world.connections.login(id, SOMEBODY, 'test', signal)).password;
}

describe('a secret that is replaced', () => {
  it('is tried, then used, and the old one kept until that is confirmed', async () => {
    const { connections, fake } = world;
    const id = await added();
    const refused = await connections.stageSecret(id, { secret: 'new-secret' }, SOMEBODY, signal);
    expect(refused).toMatchObject({ problem: {}, connection: { credential: { rotation: 'none' } } });
    fake.accept('new-secret');
    const staged = await connections.stageSecret(id, { secret: 'new-secret', username: 'bob' }, SOMEBODY, signal);
    expect(staged).toMatchObject({
      problem: undefined,
      connection: { username: 'ada', credential: { rotation: 'tested' } },
    });
    expect(await password(id)).toBe('old-secret');
    const switched = await connections.switchSecret(id, SOMEBODY);
    expect(switched).toMatchObject({ username: 'bob', credential: { rotation: 'switched' } });
    expect(await password(id)).toBe('new-secret');
    const confirmed = await connections.confirmSecret(id, SOMEBODY, signal);
    expect(confirmed.credential.rotation).toBe('none');
    expect(await failure(connections.cancelRotation(id, SOMEBODY))).toBeInstanceOf(RotationError);
    expect(await password(id)).toBe('new-secret');
    expect(await world.auditText()).not.toContain('new-secret');
  });

  it('can be had back, and the new one forgotten', async () => {
    const { connections, fake } = world;
    const id = await added();
    fake.accept('new-secret');
    await connections.stageSecret(id, { secret: 'new-secret' }, SOMEBODY, signal);
    expect((await connections.cancelRotation(id, SOMEBODY)).credential.rotation).toBe('none');
    expect(await failure(connections.switchSecret(id, SOMEBODY))).toBeInstanceOf(RotationError);
    await connections.stageSecret(id, { secret: 'new-secret' }, SOMEBODY, signal);
    await connections.switchSecret(id, SOMEBODY);
    expect(await failure(connections.stageSecret(id, { secret: 'x' }, SOMEBODY, signal))).toBeInstanceOf(RotationError);
    expect(await failure(connections.change(id, { secret: 'x' }, SOMEBODY))).toBeInstanceOf(RotationError);
    expect((await connections.cancelRotation(id, SOMEBODY)).credential.rotation).toBe('none');
    expect(await password(id)).toBe('old-secret');
  });
});

describe('a secret that Havre makes', () => {
  it('is in use at once, and the old one is ended a day later', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added();
    await connections.mintSecret(id, SOMEBODY, signal);
    expect(await password(id)).toBe('made-secret-1');
    world.advance(3600);
    await world.checkDue();
    expect((await connections.get(id)).credential.rotation).toBe('switched');
    world.advance(24 * 3600);
    await world.checkDue();
    expect((await connections.get(id)).credential.rotation).toBe('none');
    // The first one was not made by us: it has no name at the registry that we know.
    expect(fake.revoked).toEqual([]);
    await connections.mintSecret(id, SOMEBODY, signal);
    await connections.confirmSecret(id, SOMEBODY, signal);
    expect(fake.revoked).toEqual(['ref-1']);
    expect(await world.auditText()).not.toContain('made-secret');
  });

  it('in the place of the old one leaves nothing to keep', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: false };
    const id = await added();
    expect((await connections.mintSecret(id, SOMEBODY, signal)).credential.rotation).toBe('none');
    expect(await password(id)).toBe('made-secret-1');
  });

  it('and that does not work is ended, and the old one stays', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    fake.makesBroken = true;
    const id = await added();
    expect(await failure(connections.mintSecret(id, SOMEBODY, signal))).toBeInstanceOf(RotationError);
    expect(fake.revoked).toEqual(['ref-1']);
    expect((await connections.get(id)).credential.rotation).toBe('none');
    expect(await password(id)).toBe('old-secret');
  });

  it('is made by one of two who ask at once', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added();
    const both = await Promise.allSettled([1, 2].map(() => connections.mintSecret(id, SOMEBODY, signal)));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await password(id)).toBe('made-secret-1');
  });

  it('is not lost where the registry ended the old one, and somebody changed the name meanwhile', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: false };
    const id = await added();
    const { minting } = await connections.account(id);
    if (minting === undefined) throw new Error('the fake makes secrets');
    const mint = minting.mint.bind(minting);
    minting.mint = async (limit) => {
      const made = await mint(limit);
      await connections.change(id, { name: 'other' }, SOMEBODY);
      return made;
    };
    await connections.mintSecret(id, SOMEBODY, signal);
    expect(await connections.get(id)).toMatchObject({ name: 'other', credential: { rotation: 'none' } });
    expect(await password(id)).toBe('made-secret-1');
  });

  it('leaves one that works when it is confirmed and cancelled at once', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added();
    await connections.mintSecret(id, SOMEBODY, signal);
    await connections.confirmSecret(id, SOMEBODY, signal);
    await connections.mintSecret(id, SOMEBODY, signal);
    const both = [connections.confirmSecret(id, SOMEBODY, signal), connections.cancelRotation(id, SOMEBODY)];
    await Promise.allSettled(both);
    const used = await password(id);
    expect(fake.revoked).not.toContain(used.replace('made-secret-', 'ref-'));
    expect(fake.revoked).toHaveLength(1);
  });

  it('can be given up again when the old one could not be ended', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added();
    await connections.mintSecret(id, SOMEBODY, signal);
    await connections.confirmSecret(id, SOMEBODY, signal);
    await connections.mintSecret(id, SOMEBODY, signal);
    fake.fail('failing');
    expect(await failure(connections.confirmSecret(id, SOMEBODY, signal))).toBeInstanceOf(RotationError);
    fake.fail(undefined);
    expect((await connections.cancelRotation(id, SOMEBODY)).credential.rotation).toBe('none');
    expect(await password(id)).toBe('made-secret-1');
  });

  it('is made when it is time, before anybody is reminded', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added({ isAutomatic: true });
    await world.checkDue();
    world.advance(91 * 86_400);
    await world.checkDue();
    expect(await password(id)).toBe('made-secret-1');
    expect((await connections.get(id)).health.state).toBe('valid');
    expect(await world.actions()).not.toContain('registry.secret-expiring');
    expect(world.failures).toEqual([]);
  });

  it('and that cannot be had is told, with what is in the way, each time it is tried', async () => {
    const { connections, fake } = world;
    fake.minting = { overlaps: true };
    const id = await added({ isAutomatic: true });
    await world.checkDue();
    world.advance(91 * 86_400);
    fake.fail('forbidden');
    await world.checkDue();
    const told = { registry: id, name: 'one', project: 'p', problem: 'forbidden' };
    expect(await world.auditDetails('registry.rotation-failed')).toEqual([told]);
    expect(connections.works.rotation.counts).toEqual({ ok: 0, failed: 1 });
    fake.fail(undefined);
    fake.makesBroken = true;
    expect(await failure(connections.mintSecret(id, SOMEBODY, signal))).toBeInstanceOf(RotationError);
    expect(await world.auditDetails('registry.rotation-failed')).toEqual([
      told,
      { ...told, problem: 'wrong-credentials' },
    ]);
    expect(await world.auditText()).not.toContain('made-secret');
    fake.makesBroken = false;
    await connections.mintSecret(id, SOMEBODY, signal);
    expect(connections.works.rotation.counts).toEqual({ ok: 1, failed: 2 });
  });

  it('is refused where the registry makes none', async () => {
    const id = await added();
    expect(await failure(world.connections.mintSecret(id, SOMEBODY, signal))).toMatchObject({
      code: 'REGISTRY_INVALID',
    });
    const change = world.connections.change(id, { isAutomatic: true }, SOMEBODY);
    expect(await failure(change)).toMatchObject({ problems: [{ field: 'isAutomatic' }] });
  });
});
