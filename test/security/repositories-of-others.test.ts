import { describe, expect, it } from 'bun:test';
import { descriptorOf, imageOf, randomBlob, type Image } from '../support/image.ts';
import { withDigest, type RegistryClient } from '../support/registry-client.ts';
import { openRegistry, type RegistryUnderTest } from '../support/registry-under-test.ts';

/** A registry with a secret image, and somebody who may do everything elsewhere, and nothing there. */
async function registryWithSecret(): Promise<{ registry: RegistryUnderTest; image: Image; outsider: RegistryClient }> {
  const registry = await openRegistry();
  const image = imageOf([randomBlob(100)]);
  await registry.client.pushImage('secret/app', image, 'v1');
  const outsider = await registry.robot({ pattern: 'mine/**', actions: ['pull', 'push', 'delete'] });
  return { registry, image, outsider };
}

const UUID = crypto.randomUUID();

/** Every request below a repository, of something that is there in `secret/app`, and nowhere else. */
function requestsFor(image: Image): readonly (readonly [string, string])[] {
  const layer = image.blobs[1]?.digest ?? '';
  const { digest } = image.manifest;
  return [
    ['GET', `blobs/${layer}`],
    ['HEAD', `blobs/${layer}`],
    ['DELETE', `blobs/${layer}`],
    ['GET', 'manifests/v1'],
    ['HEAD', 'manifests/v1'],
    ['GET', `manifests/${digest}`],
    ['PUT', 'manifests/v1'],
    ['DELETE', 'manifests/v1'],
    ['GET', 'tags/list'],
    ['GET', `referrers/${digest}`],
    ['POST', 'blobs/uploads/'],
    ['POST', `blobs/uploads/?mount=${layer}&from=secret/app`],
    ['GET', `blobs/uploads/${UUID}`],
    ['PATCH', `blobs/uploads/${UUID}`],
    ['PUT', `blobs/uploads/${UUID}?digest=${layer}`],
    ['DELETE', `blobs/uploads/${UUID}`],
  ];
}

/** What a client can see of a reply, but for what is of the request itself. */
async function visible(reply: Response, repository: string): Promise<unknown> {
  const headers = [...reply.headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name));
  const told = JSON.stringify({ status: reply.status, headers, body: await reply.text() });
  return told.replaceAll(repository, '<repository>');
}

describe('a repository that one may not see', () => {
  it('is answered for in the same words as one that is not there, whoever asks and whatever for', async () => {
    const { registry, image, outsider } = await registryWithSecret();
    await using _disposed = registry;
    const token = (await (await outsider.send('GET', '/token?scope=repository:mine/app:pull')).json()) as {
      token: string;
    };
    const bearer = registry.as(`Bearer ${token.token}`);
    for (const client of [outsider, bearer, registry.anonymous]) {
      for (const [method, path] of requestsFor(image)) {
        const hidden = await client.send(method, `/v2/secret/app/${path}`);
        const absent = await client.send(method, `/v2/nowhere/at-all/${path}`);
        expect(hidden.status).toBe(client === outsider ? 403 : 401);
        expect(await visible(hidden, 'secret/app')).toBe(await visible(absent, 'nowhere/at-all'));
      }
    }
  });

  it('is in no list', async () => {
    const { registry, outsider } = await registryWithSecret();
    await using _disposed = registry;
    const catalog = await (await outsider.send('GET', '/v2/_catalog')).text();
    expect(catalog).toBe('{"repositories":[]}');
    expect(await (await outsider.send('GET', '/v2/_catalog?last=secret/apo&n=1')).text()).toBe('{"repositories":[]}');
  });

  it('is not found through one that one may see: blobs, manifests, referrers', async () => {
    const { registry, image, outsider } = await registryWithSecret();
    await using _disposed = registry;
    await outsider.pushImage('mine/app', imageOf([randomBlob(10)]), 'v1');
    const referrer = imageOf([], { subject: descriptorOf(image.manifest) });
    await registry.client.pushImage('secret/app', referrer);
    for (const { digest } of image.blobs) {
      expect((await outsider.send('GET', `/v2/mine/app/blobs/${digest}`)).status).toBe(404);
    }
    expect((await outsider.send('GET', `/v2/mine/app/manifests/${image.manifest.digest}`)).status).toBe(404);
    const reply = await outsider.send('GET', `/v2/mine/app/referrers/${image.manifest.digest}`);
    expect(((await reply.json()) as { manifests: unknown[] }).manifests).toEqual([]);
  });

  it('gives nothing away to who names its content in a manifest', async () => {
    const { registry, image, outsider } = await registryWithSecret();
    await using _disposed = registry;
    const absent = imageOf([randomBlob(100)]);
    const replies = await Promise.all(
      [image, absent].map(async ({ manifest, blobs }) => {
        const reply = await outsider.send('PUT', '/v2/mine/app/manifests/v1', {
          headers: { 'content-type': manifest.mediaType },
          body: manifest.bytes,
        });
        const text = await reply.text();
        return { status: reply.status, text: blobs.reduce((told, { digest }) => told.replaceAll(digest, '-'), text) };
      }),
    );
    expect(replies[0]?.status).toBe(400);
    expect(replies[0]).toEqual(replies[1] ?? { status: 0, text: '' });
  });

  it('cannot be mounted from, with from or without, and says nothing by it', async () => {
    const { registry, image, outsider } = await registryWithSecret();
    await using _disposed = registry;
    const layer = image.blobs[1]?.digest ?? '';
    for (const query of [`mount=${layer}&from=secret/app`, `mount=${layer}`]) {
      const reply = await outsider.send('POST', `/v2/mine/app/blobs/uploads/?${query}`);
      expect(reply.status).toBe(202);
      expect((await outsider.send('HEAD', `/v2/mine/app/blobs/${layer}`)).status).toBe(404);
    }
  });

  it('gives its blobs to nobody who knows only the digest, by whichever way of pushing', async () => {
    const { registry, image, outsider } = await registryWithSecret();
    await using _disposed = registry;
    const layer = image.blobs[1]?.digest ?? '';
    const session = await outsider.openUpload('mine/app');
    expect((await outsider.send('PUT', withDigest(session, layer))).status).toBe(400);
    expect((await outsider.send('POST', withDigest('/v2/mine/app/blobs/uploads/', layer))).status).toBe(400);
    expect((await outsider.send('GET', `/v2/mine/app/blobs/${layer}`)).status).toBe(404);
  });

  it('can be mounted from as soon as one may pull from it, and no longer than that', async () => {
    const { registry, image } = await registryWithSecret();
    await using _disposed = registry;
    const layer = image.blobs[1]?.digest ?? '';
    const { token, secret } = await registry.auth.tokens.create({ name: 'ci' });
    await registry.auth.grants.add(token.id, { pattern: 'mine/**', actions: ['pull', 'push'] });
    const client = registry.as(`Bearer ${secret}`);
    const mount = async (to: string): Promise<number> =>
      (await client.send('POST', `/v2/${to}/blobs/uploads/?mount=${layer}&from=secret/app`)).status;
    expect(await mount('mine/a')).toBe(202);
    await registry.auth.grants.add(token.id, { pattern: 'secret/app', actions: ['pull'] });
    expect(await mount('mine/b')).toBe(201);
    await registry.auth.grants.removeFrom(token.id, 'secret/app');
    expect(await mount('mine/c')).toBe(202);
  });

  it('is not mounted from by a bearer token that does not name it, although its holder may pull', async () => {
    const { registry, image } = await registryWithSecret();
    await using _disposed = registry;
    const layer = image.blobs[1]?.digest ?? '';
    const bearerFor = async (query: string): Promise<RegistryClient> => {
      const reply = await registry.client.send('GET', `/token?scope=repository:mine/app:pull,push${query}`);
      return registry.as(`Bearer ${((await reply.json()) as { token: string }).token}`);
    };
    const path = `/v2/mine/app/blobs/uploads/?mount=${layer}`;
    const narrow = await bearerFor('');
    expect((await narrow.send('POST', `${path}&from=secret/app`)).status).toBe(202);
    expect((await narrow.send('POST', path)).status).toBe(202);
    const wide = await bearerFor('&scope=repository:secret/app:pull');
    expect((await wide.send('POST', `${path}&from=secret/app`)).status).toBe(201);
  });
});

describe('an upload session of somebody else', () => {
  it('is 404 for every verb, in the same repository too, and goes on unharmed', async () => {
    await using registry = await openRegistry();
    const rights = { pattern: 'team/**', actions: ['pull', 'push', 'delete'] as const };
    const [owner, colleague] = [await registry.robot(rights), await registry.robot(rights)];
    const blob = randomBlob(100);
    const session = await owner.openUpload('team/app');
    await owner.expect(202, 'PATCH', session, { body: blob.bytes.subarray(0, 50) });
    for (const client of [colleague, registry.client]) {
      for (const method of ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE']) {
        const body = method === 'PATCH' ? { body: new Uint8Array(10) } : {};
        const reply = await client.send(method, withDigest(session, blob.digest), body);
        const absent = await client.send(method, withDigest(session.replace(/[^/]+$/, UUID), blob.digest), body);
        expect(reply.status).toBe(404);
        expect(await visible(reply, session.split('/').at(-1) ?? '')).toBe(await visible(absent, UUID));
      }
    }
    expect((await owner.send('GET', session)).headers.get('range')).toBe('0-49');
    const last = { body: blob.bytes.subarray(50) };
    await owner.expect(201, 'PUT', withDigest(session, blob.digest), last);
  });

  it('is 401 or 403 for whoever may not push there', async () => {
    await using registry = await openRegistry();
    const session = await registry.client.openUpload('team/app');
    const reader = await registry.robot({ pattern: 'team/**', actions: ['pull'] });
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      expect((await reader.send(method, session)).status).toBe(403);
      expect((await registry.anonymous.send(method, session)).status).toBe(401);
    }
    expect((await registry.client.send('GET', session)).status).toBe(204);
  });

  it('of another repository is 404, for its owner too', async () => {
    await using registry = await openRegistry();
    const session = await registry.client.openUpload('team/app');
    const moved = session.replace('team/app', 'team/other');
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      expect((await registry.client.send(method, withDigest(moved, randomBlob(1).digest))).status).toBe(404);
    }
  });
});
