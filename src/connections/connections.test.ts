import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openConnectionsWithFake, type ConnectionsWithFake } from '../../test/support/fake-registry-kind.ts';
import { listConnections } from '../metadata/connections.ts';
import { ConnectionChangedError, ConnectionInvalidError } from './connection-errors.ts';

let world: ConnectionsWithFake;

beforeEach(async () => {
  world = await openConnectionsWithFake();
});

afterEach(() => world.close());

const signal = new AbortController().signal;
const CANARY = 'canary-secret-7f3a';
const HARBOR = { name: 'Harbor', url: 'harbor.example.org', username: 'ada', secret: CANARY };

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await failure(work);
  expect(error).toBeInstanceOf(ConnectionInvalidError);
  return error instanceof ConnectionInvalidError ? error.problems.map(({ field }) => field) : [];
}

describe('a connection', () => {
  it('has an id of its own, its kind from the URL, and shows no secret', async () => {
    const { connections } = world;
    const added = await connections.add('pn-123456', HARBOR, SOMEBODY);
    expect(added.id).toMatch(/^reg-[a-hjkmnp-z2-9]{8}$/);
    expect(added).toMatchObject({
      kind: 'generic',
      url: 'harbor.example.org',
      form: 'password',
      hasSecret: true,
      addedBy: 'somebody',
      health: { state: 'unchecked' },
    });
    expect(JSON.stringify(await connections.get(added.id))).not.toContain(CANARY);
    const [row] = await listConnections(world.db, { project: '', name: '' }, 1);
    expect(JSON.stringify(row)).not.toContain(CANARY);
    expect(await world.auditText()).not.toContain(CANARY);
    expect(await connections.holdsSecret(added.id, CANARY)).toBe(true);
    expect(await connections.holdsSecret(added.id, 'other')).toBe(false);
  });

  it('says of each field what is wrong with it', async () => {
    const { connections } = world;
    expect(await problemsOf(connections.add('Project/x', HARBOR, SOMEBODY))).toEqual(['project']);
    const wrong = { ...HARBOR, name: '', region: '../x', testRepository: 'A', authorities: 'no', rotateAfterDays: -1 };
    expect(await problemsOf(connections.add('p', wrong, SOMEBODY))).toEqual([
      'name',
      'region',
      'testRepository',
      'rotateAfterDays',
      'authorities',
    ]);
    expect(await problemsOf(connections.add('p', { ...HARBOR, url: 'a b' }, SOMEBODY))).toEqual(['url']);
    expect(await problemsOf(connections.add('p', { ...HARBOR, form: 'no' }, SOMEBODY))).toEqual(['form']);
    expect(await problemsOf(connections.add('p', { ...HARBOR, clientKey: 'k' }, SOMEBODY))).toContain(
      'clientCertificate',
    );
  });

  it('has a name that is its own in its project', async () => {
    const { connections } = world;
    await connections.add('p', HARBOR, SOMEBODY);
    await connections.add('q', HARBOR, SOMEBODY);
    expect(await failure(connections.add('p', HARBOR, SOMEBODY))).toMatchObject({ code: 'REGISTRY_EXISTS' });
    const other = await connections.add('p', { ...HARBOR, name: 'other' }, SOMEBODY);
    expect(await failure(connections.change(other.id, { name: 'Harbor' }, SOMEBODY))).toMatchObject({
      code: 'REGISTRY_EXISTS',
    });
  });

  it('keeps what is not changed, and is unchecked when it is another', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    fake.accept(CANARY);
    await connections.test(id, SOMEBODY, signal);
    const renamed = await connections.change(id, { name: 'H' }, SOMEBODY);
    expect(renamed).toMatchObject({ name: 'H', username: 'ada', hasSecret: true, health: { state: 'valid' } });
    const other = await connections.change(id, { username: 'bob' }, SOMEBODY);
    expect(other).toMatchObject({ username: 'bob', health: { state: 'unchecked' } });
    expect(await connections.holdsSecret(id, CANARY)).toBe(true);
    const emptied = await connections.change(id, { secret: '' }, SOMEBODY);
    expect(emptied.hasSecret).toBe(false);
  });

  it('sends its secret nowhere but where it was given for', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    for (const changes of [
      { url: 'evil.example.org' },
      { url: 'harbor.example.org:8443' },
      { url: 'http://harbor.example.org' },
      { fields: { api: 'https://evil.example.org' } },
      { form: 'token' },
      { authorities: rootCertificates[0] ?? '' },
    ]) {
      expect(await problemsOf(connections.change(id, changes, SOMEBODY))).toEqual(['secret']);
      expect(await problemsOf(connections.tryChange(id, changes, SOMEBODY, signal))).toEqual(['secret']);
    }
    expect(fake.opened).toEqual([]);
    const moved = await connections.change(id, { url: 'new.example.org', secret: 'another-secret' }, SOMEBODY);
    expect(moved).toMatchObject({ url: 'new.example.org', hasSecret: true });
    await connections.tryChange(id, { username: 'bob' }, SOMEBODY, signal);
    expect(fake.opened).toEqual([{ host: 'new.example.org', username: 'bob', secret: 'another-secret' }]);
  });

  it('whose row somebody points elsewhere in the database cannot be opened there', async () => {
    const { connections, fake, db } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    await db.transaction((tx) => tx.build((kysely) => kysely.updateTable('connections').set({ url: 'evil.example' })));
    expect(await failure(connections.test(id, SOMEBODY, signal))).toMatchObject({ code: 'SECRETS_KEY_MISSING' });
    expect(fake.opened).toEqual([]);
  });

  it('is found by page, project, state and text, by those who may see it', async () => {
    const { connections } = world;
    for (const name of ['b', 'a', 'c']) await connections.add('p', { ...HARBOR, name }, SOMEBODY);
    await connections.add('q', { ...HARBOR, name: 'd', url: 'other.example.org' }, SOMEBODY);
    const names = async (filter: object, after = '', limit = 10): Promise<readonly string[]> =>
      (await connections.list(filter, { after, limit })).map(({ name }) => name);
    expect(await names({})).toEqual(['a', 'b', 'c', 'd']);
    const [first] = await connections.list({}, { after: '', limit: 1 });
    expect(await names({}, first?.id, 2)).toEqual(['b', 'c']);
    expect(await names({ project: 'q' })).toEqual(['d']);
    expect(await names({ search: 'OTHER' })).toEqual(['d']);
    expect(await names({ state: 'valid' })).toEqual([]);
    expect(await names({ projects: (project: string) => project === 'q' })).toEqual(['d']);
  });

  it('is at its host since it could log in there: pointing an old one at it makes none older', async () => {
    const { connections } = world;
    const days = async (work: Promise<{ readonly usableSince: Date }>): Promise<string> =>
      (await work).usableSince.toISOString().slice(8, 10);
    const passDay = (): void => world.advance(86_400);
    const added = await connections.add('p', HARBOR, SOMEBODY);
    expect(await days(connections.get(added.id))).toBe('20');
    passDay();
    const url = { url: 'https://harbor.example.org/team', secret: 'another-secret' };
    expect(await days(connections.change(added.id, { ...url, name: 'H', username: 'bob' }, SOMEBODY))).toBe('20');
    expect(await days(connections.change(added.id, { url: 'ghcr.io', secret: 'x-secret' }, SOMEBODY))).toBe('21');
    passDay();
    expect(await days(connections.change(added.id, { region: 'GRA' }, SOMEBODY))).toBe('21');
    const { secret: _, ...open } = { ...HARBOR, name: 'open' };
    const anonymous = await connections.add('p', open, SOMEBODY);
    passDay();
    expect(await days(connections.change(anonymous.id, { secret: CANARY }, SOMEBODY))).toBe('23');
    passDay();
    expect(await days(connections.change(anonymous.id, { secret: 'another' }, SOMEBODY))).toBe('23');
  });

  it('goes with its checks', async () => {
    const { connections } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    await connections.test(id, SOMEBODY, signal);
    await connections.remove(id, SOMEBODY);
    expect(await failure(connections.get(id))).toMatchObject({ code: 'REGISTRY_UNKNOWN' });
    expect(await failure(connections.checks(id, { before: undefined, limit: 1 }))).toMatchObject({ status: 404 });
  });

  it('is not changed by two at once', async () => {
    const { connections } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    const seen = await connections.works.records.get(id);
    await connections.change(id, { name: 'other' }, SOMEBODY);
    const change = connections.works.records.change(seen, { name: 'mine' }, { actor: SOMEBODY, action: 'x.y' });
    expect(await failure(change)).toBeInstanceOf(ConnectionChangedError);
  });
});

describe('a test', () => {
  it('is written down with what came of it, without the secret that the registry repeats', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    const refused = await connections.test(id, SOMEBODY, signal);
    expect(refused).toMatchObject({
      problem: { diagnosis: 'wrong-credentials' },
      connection: { health: { state: 'failing' } },
    });
    expect(refused.problem?.message).toContain('[secret]');
    fake.accept(CANARY);
    world.advance(60);
    const tested = await connections.test(id, SOMEBODY, signal);
    expect(tested).toMatchObject({ problem: undefined, connection: { health: { state: 'valid' } } });
    const checks = await connections.checks(id, { before: undefined, limit: 10 });
    expect(checks.map(({ outcome, trigger }) => [outcome, trigger])).toEqual([
      ['ok', 'somebody'],
      ['wrong-credentials', 'somebody'],
    ]);
    expect(JSON.stringify(checks)).not.toContain(CANARY);
    expect(await world.actions()).toEqual([
      'registry.added',
      'registry.tested',
      'registry.state-changed',
      'registry.tested',
      'registry.state-changed',
    ]);
    expect(await world.auditText()).not.toContain(CANARY);
  });

  it('of what is not stored stores nothing, and says in the audit log that it was made', async () => {
    const { connections, fake } = world;
    fake.accept(CANARY);
    expect(await connections.tryOut('p', HARBOR, SOMEBODY, signal)).toMatchObject({ problem: undefined });
    expect(await connections.list({}, { after: '', limit: 10 })).toEqual([]);
    await connections.tryOut('p', { ...HARBOR, secret: `${CANARY}-guess` }, SOMEBODY, signal);
    expect(await world.auditDetails('registry.tried')).toEqual(
      ['ok', 'wrong-credentials'].map((outcome) => ({
        name: 'Harbor',
        project: 'p',
        kind: 'generic',
        url: 'harbor.example.org',
        username: 'ada',
        outcome,
      })),
    );
    expect(await world.auditText()).not.toContain(CANARY);
  });

  it('of a change says whose it was, and what came of it', async () => {
    const { connections } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    await connections.tryChange(id, { username: 'bob' }, SOMEBODY, signal);
    expect(await world.auditDetails('registry.tried')).toMatchObject([
      { registry: id, username: 'bob', outcome: 'wrong-credentials' },
    ]);
    await failure(connections.tryOut('p', { ...HARBOR, url: 'a b' }, SOMEBODY, signal));
    expect(await world.auditDetails('registry.tried')).toHaveLength(1);
  });

  it('that has to wait says nothing of what was found before', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    fake.accept(CANARY);
    await connections.test(id, SOMEBODY, signal);
    fake.fail('rate-limited');
    const { problem, connection } = await connections.test(id, SOMEBODY, signal);
    expect(problem?.diagnosis).toBe('rate-limited');
    expect(connection.health).toMatchObject({ state: 'valid', problem: { diagnosis: 'rate-limited' } });
  });
});

describe('a login', () => {
  it('is recorded each time, and prints no password', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    fake.accept(CANARY);
    const login = await connections.login(id, SOMEBODY, 'docker-config', signal);
    expect(login.password).toBe(CANARY);
    expect(Bun.inspect(login) + JSON.stringify(login)).not.toContain(CANARY);
    expect(await world.actions()).toEqual(['registry.added', 'registry.login-handed-out']);
    expect(await world.auditText()).toContain('docker-config');
  });

  it('that ends is made anew when half its life is over, and handed out as long as it lives', async () => {
    const { connections, fake } = world;
    const { id } = await connections.add('p', HARBOR, SOMEBODY);
    fake.accept(CANARY);
    fake.loginSeconds = 12 * 3600;
    const login = async () => (await connections.login(id, SOMEBODY, 'x', signal)).password;
    const first = await login();
    world.advance(5 * 3600);
    expect(await login()).toBe(first);
    world.advance(2 * 3600);
    const second = await login();
    expect(second).not.toBe(first);
    world.advance(7 * 3600);
    fake.fail('unreachable');
    expect(await login()).toBe(second);
    await world.checkDue();
    expect((await connections.get(id)).health.state).toBe('failing');
    world.advance(6 * 3600);
    expect(await failure(login())).toMatchObject({ diagnosis: 'unreachable' });
  });
});
