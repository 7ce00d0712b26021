import { expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openTestConnections } from '../../test/support/connections.ts';
import { openConnectionsWithFake } from '../../test/support/fake-registry-kind.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';

it('whoever only says that they are somebody does not spend the budget of whoever is', async () => {
  const known = `Basic ${btoa('ada:right-secret')}`;
  const registry = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch({ headers }) {
      const said = headers.get('authorization');
      if (said === null) return new Response('', { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="r"' } });
      if (said === known) return Response.json({});
      return new Response('', { status: 429, headers: { 'Retry-After': '86400' } });
    },
  });
  const folder = temporaryFolder('connections');
  const db = await openTestDatabase(folder);
  try {
    const connections = openTestConnections({ db, folder, now: () => new Date() });
    const url = `http://127.0.0.1:${registry.port}`;
    const ours = { name: 'ours', url, kind: 'generic', username: 'ada', secret: 'right-secret' } as const;
    const { signal } = new AbortController();
    const { id } = await connections.add('ours', ours, SOMEBODY);
    expect(await connections.test(id, SOMEBODY, signal)).toMatchObject({ problem: undefined });
    const theirs = await connections.tryOut('theirs', { ...ours, secret: 'guessed-secret' }, SOMEBODY, signal);
    expect(theirs).toMatchObject({ problem: { diagnosis: 'rate-limited' } });
    // Nor do two who both only say so keep each other away.
    const others = await connections.tryOut('others', { ...ours, secret: 'right-secret' }, SOMEBODY, signal);
    expect(others).toMatchObject({ problem: undefined });
    expect(await connections.test(id, SOMEBODY, signal)).toMatchObject({ problem: undefined });
    expect(await connections.login(id, SOMEBODY, 'test', signal)).toMatchObject({ username: 'ada' });
  } finally {
    await registry.stop(true);
    await db.close();
    removeFolder(folder);
  }
});

it('what was logged in with is forgotten with the secret, and with the connection', async () => {
  const world = await openConnectionsWithFake();
  try {
    const { connections, fake } = world;
    const { accounts } = connections.works;
    const { signal } = new AbortController();
    fake.accept('old-secret', 'new-secret');
    const input = { name: 'one', url: 'r.example.org', username: 'ada', secret: 'old-secret' };
    const { id } = await connections.add('p', input, SOMEBODY);
    const login = async (): Promise<string> => (await connections.login(id, SOMEBODY, 'test', signal)).password;
    await connections.stageSecret(id, { secret: 'new-secret' }, SOMEBODY, signal);
    expect([await login(), accounts.size]).toEqual(['old-secret', 1]);
    await connections.switchSecret(id, SOMEBODY);
    expect(accounts.size).toBe(0);
    expect([await login(), accounts.size]).toEqual(['new-secret', 1]);
    await connections.confirmSecret(id, SOMEBODY, signal);
    expect(accounts.size).toBe(0);
    await login();
    await connections.remove(id, SOMEBODY);
    expect(accounts.size).toBe(0);
  } finally {
    await world.close();
  }
});

it('what nobody used for a day is forgotten: another node may have removed its connection', async () => {
  const world = await openConnectionsWithFake();
  try {
    const { connections, fake } = world;
    const { signal } = new AbortController();
    fake.accept('a-secret');
    const add = async (name: string): Promise<string> =>
      (await connections.add('p', { name, url: 'r.example.org', username: 'ada', secret: 'a-secret' }, SOMEBODY)).id;
    const [used, unused] = [await add('used'), await add('unused')];
    for (const id of [used, unused]) await connections.login(id, SOMEBODY, 'test', signal);
    world.advance(13 * 3600);
    await connections.login(used, SOMEBODY, 'test', signal);
    expect(connections.works.accounts.size).toBe(2);
    world.advance(13 * 3600);
    await connections.login(used, SOMEBODY, 'test', signal);
    expect(connections.works.accounts.size).toBe(1);
  } finally {
    await world.close();
  }
});
