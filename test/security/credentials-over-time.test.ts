import { describe, expect, it } from 'bun:test';
import { imageOf, randomBlob } from '../support/image.ts';
import { withDigest, type RegistryClient } from '../support/registry-client.ts';
import { basic, openRegistry, type RegistryUnderTest } from '../support/registry-under-test.ts';

const PASSWORD = 'correct horse battery';
const OTHER = 'a different password';

/** A registry with a user `ada`, who may do everything below `ada/`. */
async function registryWithUser(): Promise<RegistryUnderTest> {
  const registry = await openRegistry({ auth: { bearerSeconds: 300 } });
  await registry.auth.users.create({ name: 'ada', password: PASSWORD });
  await registry.auth.grants.add('ada', { pattern: 'ada/**', actions: ['pull', 'push', 'delete'] });
  return registry;
}

async function tokensFor(registry: RegistryUnderTest, authorization: string) {
  const scope = 'repository:ada/app:pull,push,delete';
  const reply = await registry.as(authorization).expect(200, 'GET', `/token?offline_token=true&scope=${scope}`);
  const { token, refresh_token: refreshToken } = (await reply.json()) as { token: string; refresh_token: string };
  return { client: registry.as(`Bearer ${token}`), refreshToken };
}

function refresh(registry: RegistryUnderTest, refreshToken: string): Promise<Response> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  return registry.anonymous.send('POST', '/token', { body: new TextEncoder().encode(form.toString()) });
}

async function statusOf(client: RegistryClient): Promise<number> {
  return (await client.send('GET', '/v2/ada/app/tags/list')).status;
}

describe('a user who is removed and made again', () => {
  it('is somebody else: no password, bearer token, refresh token or token of the first one does', async () => {
    await using registry = await registryWithUser();
    const ada = registry.as(basic('ada', PASSWORD));
    const { client, refreshToken } = await tokensFor(registry, basic('ada', PASSWORD));
    const { secret } = await registry.auth.tokens.create({ name: 'laptop', owner: 'ada' });
    const owned = registry.as(basic('x', secret));
    for (const known of [ada, client, owned]) expect(await statusOf(known)).toBe(404);
    await registry.auth.users.remove('ada');
    for (const former of [ada, client, owned]) expect(await statusOf(former)).toBe(401);
    await registry.auth.users.create({ name: 'ada', password: OTHER });
    await registry.auth.grants.add('ada', { pattern: 'ada/**', actions: ['pull'] });
    for (const former of [ada, client, owned]) expect(await statusOf(former)).toBe(401);
    expect((await refresh(registry, refreshToken)).status).toBe(401);
    expect(await statusOf(registry.as(basic('ada', OTHER)))).toBe(404);
  });

  it('does not find the upload sessions of the first one', async () => {
    await using registry = await registryWithUser();
    const session = await registry.as(basic('ada', PASSWORD)).openUpload('ada/app');
    await registry.auth.users.remove('ada');
    await registry.auth.users.create({ name: 'ada', password: PASSWORD });
    await registry.auth.grants.add('ada', { pattern: 'ada/**', actions: ['pull', 'push'] });
    expect((await registry.as(basic('ada', PASSWORD)).send('GET', session)).status).toBe(404);
  });
});

describe('a password that is changed', () => {
  it('ends at once what was given for the one before', async () => {
    await using registry = await registryWithUser();
    const ada = registry.as(basic('ada', PASSWORD));
    const { client, refreshToken } = await tokensFor(registry, basic('ada', PASSWORD));
    expect([await statusOf(ada), await statusOf(client)]).toEqual([404, 404]);
    await registry.auth.users.changePassword('ada', OTHER);
    expect([await statusOf(ada), await statusOf(client)]).toEqual([401, 401]);
    expect((await refresh(registry, refreshToken)).status).toBe(401);
    expect(await statusOf(registry.as(basic('ada', OTHER)))).toBe(404);
  });
});

describe('a token that is revoked', () => {
  it('does nothing more, not even in the middle of a push', async () => {
    await using registry = await openRegistry();
    const { secret } = await registry.auth.tokens.create({
      name: 'ci',
      scope: [{ pattern: 'team/**', actions: ['pull', 'push'] }],
    });
    const client = registry.as(basic('ci', secret));
    const blob = randomBlob(100);
    const session = await client.openUpload('team/app');
    await client.expect(202, 'PATCH', session, { body: blob.bytes.subarray(0, 50) });
    await registry.auth.tokens.revoke('ci');
    for (const [method, path] of [
      ['GET', session],
      ['PATCH', session],
      ['PUT', withDigest(session, blob.digest)],
      ['DELETE', session],
      ['GET', '/v2/'],
      ['GET', '/v2/team/app/tags/list'],
    ] as const) {
      const body = method === 'PATCH' || method === 'PUT' ? { body: blob.bytes.subarray(50) } : {};
      expect((await client.send(method, path, body)).status).toBe(401);
    }
    expect((await registry.client.send('HEAD', `/v2/team/app/blobs/${blob.digest}`)).status).toBe(404);
  });

  it('takes the bearer tokens with it that were given for it', async () => {
    await using registry = await openRegistry();
    const { secret } = await registry.auth.tokens.create({
      name: 'ci',
      scope: [{ pattern: 'ada/**', actions: ['pull'] }],
    });
    const { client } = await tokensFor(registry, basic('ci', secret));
    expect(await statusOf(client)).toBe(404);
    await registry.auth.tokens.revoke('ci');
    expect(await statusOf(client)).toBe(401);
  });

  it('and one that is over by itself are the same', async () => {
    await using registry = await openRegistry();
    const expiresAt = new Date(registry.clock.now().getTime() + 60_000);
    const scope = [{ pattern: 'ada/**', actions: ['pull'] as const }];
    const { secret } = await registry.auth.tokens.create({ name: 'short', scope, expiresAt });
    const client = registry.as(basic('x', secret));
    const { client: bearer } = await tokensFor(registry, basic('x', secret));
    expect([await statusOf(client), await statusOf(bearer)]).toEqual([404, 404]);
    registry.clock.advance(61);
    expect([await statusOf(client), await statusOf(bearer)]).toEqual([401, 401]);
  });
});

describe('a grant that is taken back', () => {
  it('ends a push at its next request, by password and by bearer token', async () => {
    await using registry = await registryWithUser();
    const { client } = await tokensFor(registry, basic('ada', PASSWORD));
    const ada = registry.as(basic('ada', PASSWORD));
    const session = await ada.openUpload('ada/app');
    await registry.auth.grants.removeFrom('ada', 'ada/**');
    expect((await ada.send('PATCH', session, { body: new Uint8Array(10) })).status).toBe(403);
    expect((await client.send('PATCH', session, { body: new Uint8Array(10) })).status).toBe(401);
    expect((await ada.send('GET', '/v2/ada/app/tags/list')).status).toBe(403);
  });
});

describe('a bearer token that ends during a long push', () => {
  it('finishes the session that its principal opened, and nothing else', async () => {
    await using registry = await registryWithUser();
    const { client } = await tokensFor(registry, basic('ada', PASSWORD));
    const blob = randomBlob(100);
    const session = await client.openUpload('ada/app');
    const other = await registry.client.openUpload('ada/app');
    await client.pushImage('ada/app', imageOf([]), 'v1');
    registry.clock.advance(301);
    expect((await client.send('GET', session)).headers.get('range')).toBe('0-0');
    await client.expect(202, 'PATCH', session, { body: blob.bytes.subarray(0, 50) });
    await client.expect(202, 'PATCH', session, { body: blob.bytes.subarray(50) });
    await client.expect(201, 'PUT', withDigest(session, blob.digest));
    const refused = [
      ['GET', '/v2/'],
      ['GET', '/v2/ada/app/tags/list'],
      ['GET', '/v2/ada/app/manifests/v1'],
      ['HEAD', `/v2/ada/app/blobs/${blob.digest}`],
      ['POST', '/v2/ada/app/blobs/uploads/'],
      ['PUT', '/v2/ada/app/manifests/v2'],
      ['DELETE', '/v2/ada/app/manifests/v1'],
      ['GET', '/v2/_catalog'],
      ['GET', '/token'],
    ] as const;
    for (const [method, path] of refused) expect((await client.send(method, path)).status).toBe(401);
    expect((await client.send('GET', other)).status).toBe(404);
    expect((await client.send('DELETE', other)).status).toBe(404);
  });

  it('is over for the session too, a day later', async () => {
    await using registry = await registryWithUser();
    const { client } = await tokensFor(registry, basic('ada', PASSWORD));
    const session = await client.openUpload('ada/app');
    registry.clock.advance(300 + 86_400 - 10);
    expect((await client.send('GET', session)).status).toBe(204);
    registry.clock.advance(20);
    expect((await client.send('GET', session)).status).toBe(401);
  });

  it('is over for the session at once, when its user is removed or may no longer push', async () => {
    await using registry = await registryWithUser();
    const { client } = await tokensFor(registry, basic('ada', PASSWORD));
    const session = await client.openUpload('ada/app');
    registry.clock.advance(301);
    expect((await client.send('GET', session)).status).toBe(204);
    await registry.auth.grants.removeFrom('ada', 'ada/**');
    expect((await client.send('GET', session)).status).toBe(401);
    await registry.auth.users.remove('ada');
    expect((await client.send('GET', session)).status).toBe(401);
  });

  it('finishes only where it allowed to push', async () => {
    await using registry = await registryWithUser();
    const session = await registry.as(basic('ada', PASSWORD)).openUpload('ada/app');
    const reply = await registry.as(basic('ada', PASSWORD)).send('GET', '/token?scope=repository:ada/app:pull');
    const { token } = (await reply.json()) as { token: string };
    registry.clock.advance(301);
    expect((await registry.as(`Bearer ${token}`).send('GET', session)).status).toBe(401);
  });
});
