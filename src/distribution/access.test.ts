import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import type { RegistryClient } from '../../test/support/registry-client.ts';
import { basic, newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry({ auth: { challenge: { scheme: 'bearer' } } });
const digest = randomBlob(1).digest;
const session = crypto.randomUUID();

/** Every endpoint below a repository: method, path, the action it takes, and the scope that a client is told to ask for. */
const ENDPOINTS = [
  ['GET', `blobs/${digest}`, 'pull', 'pull'],
  ['HEAD', `blobs/${digest}`, 'pull', 'pull'],
  ['DELETE', `blobs/${digest}`, 'delete', 'delete'],
  ['GET', 'manifests/v1', 'pull', 'pull'],
  ['HEAD', 'manifests/v1', 'pull', 'pull'],
  ['PUT', 'manifests/v1', 'push', 'pull,push'],
  ['DELETE', 'manifests/v1', 'delete', 'delete'],
  ['GET', 'tags/list', 'pull', 'pull'],
  ['GET', `referrers/${digest}`, 'pull', 'pull'],
  ['POST', 'blobs/uploads/', 'push', 'pull,push'],
  ['GET', `blobs/uploads/${session}`, 'push', 'pull,push'],
  ['PATCH', `blobs/uploads/${session}`, 'push', 'pull,push'],
  ['PUT', `blobs/uploads/${session}?digest=${digest}`, 'push', 'pull,push'],
  ['DELETE', `blobs/uploads/${session}`, 'push', 'pull,push'],
] as const;

async function bearerFor(authorization: string, ...scopes: readonly string[]): Promise<RegistryClient> {
  const query = new URLSearchParams(scopes.map((scope): [string, string] => ['scope', scope]));
  const reply = await registry().as(authorization).expect(200, 'GET', `/token?${query}`);
  const { token } = (await reply.json()) as { token: string };
  return registry().as(`Bearer ${token}`);
}

for (const [method, path, action, scope] of ENDPOINTS) {
  describe(`${method} ${path.replace(digest, '<digest>').replace(session, '<id>')}`, () => {
    it('without credentials is 401, with the scope to ask a token for', async () => {
      const repository = newRepository();
      const reply = await registry().anonymous.send(method, `/v2/${repository}/${path}`);
      expect(reply.status).toBe(401);
      const realm = `${registry().url}/token`;
      expect(reply.headers.get('www-authenticate')).toBe(
        `Bearer realm="${realm}",service="havre",scope="repository:${repository}:${scope}"`,
      );
      if (method !== 'HEAD') expect(await errorReply(reply)).toMatchObject({ code: 'UNAUTHORIZED' });
    });

    it('with every other right is 403 DENIED, with that right alone it is not', async () => {
      const repository = newRepository();
      const others = (['pull', 'push', 'delete'] as const).filter((other) => other !== action);
      const denied = await registry().robot({ pattern: repository, actions: others });
      const reply = await denied.send(method, `/v2/${repository}/${path}`);
      expect(reply.status).toBe(403);
      expect(reply.headers.get('www-authenticate')).toBeNull();
      if (method !== 'HEAD') expect(await errorReply(reply)).toMatchObject({ code: 'DENIED' });
      const allowed = await registry().robot({ pattern: repository, actions: [action] });
      expect([401, 403]).not.toContain((await allowed.send(method, `/v2/${repository}/${path}`)).status);
    });

    it('with a bearer token that lacks the scope is 401 insufficient_scope, so that the client asks for another', async () => {
      const repository = newRepository();
      const client = await bearerFor(registry().authorization, `repository:${repository}/other:pull,push,delete`);
      const reply = await client.send(method, `/v2/${repository}/${path}`);
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toContain(
        `scope="repository:${repository}:${scope}",error="insufficient_scope"`,
      );
    });

    it('with a bearer token of the scope that was asked for is allowed', async () => {
      const repository = newRepository();
      const client = await bearerFor(registry().authorization, `repository:${repository}:${scope}`);
      expect([401, 403]).not.toContain((await client.send(method, `/v2/${repository}/${path}`)).status);
    });
  });
}

describe('a mount of a blob from another repository', () => {
  const mountOf = (target: string, source: string, blob = digest): string =>
    `/v2/${target}/blobs/uploads/?mount=${blob}&from=${encodeURIComponent(source)}`;

  it('is 401 with the scopes of both repositories, and a token of these mounts', async () => {
    const [source, target] = [newRepository(), newRepository()];
    const blob = randomBlob(10);
    await registry().client.pushBlob(source, blob);
    const path = mountOf(target, source, blob.digest);
    const reply = await registry().anonymous.send('POST', path);
    expect(reply.status).toBe(401);
    const scope = /scope="([^"]*)"/.exec(reply.headers.get('www-authenticate') ?? '')?.[1];
    expect(scope).toBe(`repository:${target}:pull,push repository:${source}:pull`);
    const client = await bearerFor(registry().authorization, scope ?? '');
    expect((await client.send('POST', path)).status).toBe(201);
  });

  it('becomes an upload with a token that does not allow to pull there', async () => {
    const [source, target] = [newRepository(), newRepository()];
    const blob = randomBlob(10);
    await registry().client.pushBlob(source, blob);
    const client = await bearerFor(registry().authorization, `repository:${target}:pull,push`);
    expect((await client.send('POST', mountOf(target, source, blob.digest))).status).toBe(202);
  });

  it('is asked no scope for what is no other repository', async () => {
    const target = newRepository();
    for (const source of [target, 'No Repository', '']) {
      const reply = await registry().anonymous.send('POST', mountOf(target, source));
      expect(reply.headers.get('www-authenticate')).toContain(`scope="repository:${target}:pull,push"`);
    }
  });
});

describe('wrong credentials', () => {
  const wrong = [
    ['a wrong password', basic('admin', 'wrong')],
    ['an unknown user', basic('nobody', 'wrong')],
    ['the secret of no token', basic('x', `havre_${'A'.repeat(43)}`)],
    ['no base64', 'Basic ***'],
    ['no colon', `Basic ${btoa('admin')}`],
    ['another scheme', 'Digest username="admin"'],
    ['nothing', 'Basic'],
    ['a bearer token of somebody else', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
    ['a very long token', `Bearer ${'x'.repeat(10_000)}`],
  ] as const;
  for (const [name, authorization] of wrong) {
    it(`are 401 wherever they are sent, public or not: ${name}`, async () => {
      for (const path of ['/v2/', `/v2/${newRepository()}/tags/list`, '/v2/_catalog']) {
        const reply = await registry().as(authorization).send('GET', path);
        expect(reply.headers.get('www-authenticate')).toStartWith('Bearer realm="');
        expect(await errorReply(reply)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
      }
    });
  }
});

describe('GET /v2/', () => {
  it('is 401 with a challenge without scope, even where something is for everybody', async () => {
    await using open = await openRegistry();
    await open.auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    const reply = await open.anonymous.send('GET', '/v2/');
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe(`Bearer realm="${open.url}/token",service="havre"`);
  });
});

describe('what is granted to everybody', () => {
  it('is pulled without credentials, and with a token for nobody, and nothing else is', async () => {
    await using open = await openRegistry();
    await open.auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    const image = imageOf([randomBlob(10)]);
    for (const repository of ['public/app', 'private/app']) await open.client.pushImage(repository, image, 'v1');
    const scopes = 'scope=repository:public/app:pull,push&scope=repository:private/app:pull';
    const reply = await open.anonymous.expect(200, 'GET', `/token?${scopes}`);
    const { token, scope } = (await reply.json()) as { token: string; scope: string };
    expect(scope).toBe('repository:public/app:pull');
    for (const client of [open.anonymous, open.as(`Bearer ${token}`)]) {
      expect(await client.pullManifest('public/app', 'v1')).toEqual(image.manifest.bytes);
      expect((await client.send('GET', '/v2/private/app/manifests/v1')).status).toBe(401);
      expect((await client.send('POST', '/v2/public/app/blobs/uploads/')).status).toBe(401);
    }
  });

  it('may be pulled by whoever has a credential, too', async () => {
    await using open = await openRegistry();
    await open.auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    await open.client.pushImage('public/app', imageOf([]), 'v1');
    await open.auth.users.create({ name: 'ada', password: 'correct horse' });
    expect((await open.as(basic('ada', 'correct horse')).send('GET', '/v2/public/app/manifests/v1')).status).toBe(200);
  });

  it('ends as soon as the grant does', async () => {
    await using open = await openRegistry();
    await open.client.pushImage('public/app', imageOf([]), 'v1');
    const grant = await open.auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    expect((await open.anonymous.send('GET', '/v2/public/app/manifests/v1')).status).toBe(200);
    await open.auth.grants.remove(grant.id);
    const reply = await open.anonymous.send('GET', '/v2/public/app/manifests/v1');
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe('Basic realm="Registry"');
  });
});

describe('the realm of a challenge', () => {
  const host = 'registry.example:8443';

  it('is on the host that the client asked', async () => {
    const reply = await registry().anonymous.send('GET', '/v2/', { headers: { host } });
    expect(reply.headers.get('www-authenticate')).toContain(`realm="http://${host}/token"`);
  });

  it('does not believe forwarding headers of just anybody', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const reply = await registry().anonymous.send('GET', '/v2/', { headers });
    expect(reply.headers.get('www-authenticate')).toContain(`realm="${registry().url}/token"`);
  });

  it('is as a trusted proxy says, port included', async () => {
    await using behind = await openRegistry({
      trustedProxies: ['127.0.0.1'],
      auth: { challenge: { scheme: 'bearer' } },
    });
    const headers = { 'x-forwarded-host': host, 'x-forwarded-proto': 'https' };
    const reply = await behind.anonymous.send('GET', '/v2/', { headers });
    expect(reply.headers.get('www-authenticate')).toContain(`realm="https://${host}/token"`);
  });
});
