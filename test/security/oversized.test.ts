import { afterEach, describe, expect, it } from 'bun:test';
import { imageOf, randomBlob } from '../support/image.ts';
import { RawConnection, type RawReply } from '../support/raw-connection.ts';
import { newRepository, sharedRegistry } from '../support/registry-under-test.ts';

const registry = sharedRegistry();

async function get(path: string, headers = ''): Promise<RawReply | undefined> {
  using connection = await RawConnection.open(registry().url);
  connection.write(`GET ${path} HTTP/1.1\r\nHost: havre\r\n${headers}\r\n`);
  return await connection.reply();
}

afterEach(async () => {
  const reply = await registry().client.send('GET', '/v2/');
  expect(reply.status).toBe(200);
});

describe('a request that is too large before its body', () => {
  const REFUSED = [400, 401, 414, 431, undefined];
  const requests = [
    ['a header of 1 MB', () => get('/v2/', `X-Large: ${'x'.repeat(1_000_000)}\r\n`)],
    ['a header of 20 000 characters', () => get('/v2/', `X-Large: ${'x'.repeat(20_000)}\r\n`)],
    ['a credential of 20 000 characters', () => get('/v2/', `Authorization: Basic ${'x'.repeat(20_000)}\r\n`)],
    ['ten thousand headers', () => get('/v2/', 'X-Many: 1\r\n'.repeat(10_000))],
    ['a name of a header of 20 000 characters', () => get('/v2/', `${'x'.repeat(20_000)}: 1\r\n`)],
    ['a path of 1 MB', () => get(`/v2/${'a/'.repeat(500_000)}tags/list`)],
    ['a query of 1 MB', () => get(`/v2/_catalog?last=${'x'.repeat(1_000_000)}`)],
  ] as const;
  for (const [name, send] of requests) {
    it(`is refused or cut off, and the registry goes on: ${name}`, async () => {
      expect(REFUSED).toContain((await send())?.status);
    });
  }
});

describe('parts of a request that are as large as they may be', () => {
  it('are answered as any other: a name of 8 000 characters', async () => {
    const reply = await registry().client.send('GET', `/v2/${'a/'.repeat(4000)}tags/list`);
    expect(reply.status).toBe(400);
    // What is quoted back is short.
    expect((await reply.text()).length).toBeLessThan(1000);
  });

  for (const place of ['manifests', 'blobs', 'blobs/uploads', 'referrers']) {
    it(`are answered as any other, and quoted shortly: ${place}`, async () => {
      const reply = await registry().client.send('GET', `/v2/a/${place}/${'x'.repeat(8000)}`);
      expect(reply.status).toBeOneOf([400, 404]);
      expect((await reply.text()).length).toBeLessThan(1000);
    });
  }

  it('are answered as any other: a thousand tags', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(repository, image);
    const query = Array.from({ length: 1000 }, (_, index) => `tag=v${index}`).join('&');
    const reply = await registry().client.send('PUT', `/v2/${repository}/manifests/${image.manifest.digest}?${query}`, {
      headers: { 'content-type': image.manifest.mediaType },
      body: image.manifest.bytes,
    });
    expect(reply.status).toBe(414);
  });

  it('are answered as any other: ranges by the thousand', async () => {
    const repository = newRepository();
    const blob = randomBlob(100_000);
    await registry().client.pushBlob(repository, blob);
    const range = `bytes=${Array.from({ length: 1000 }, (_, index) => `${index * 2}-${index * 2}`).join(',')}`;
    const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${blob.digest}`, { headers: { range } });
    expect(reply.status).toBe(200);
    expect(await reply.bytes()).toEqual(blob.bytes);
  });

  it('are answered as any other: entity tags by the thousand', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(repository, image, 'v1');
    const headers = { 'if-none-match': Array.from({ length: 2000 }, () => '"x"').join(',') };
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/v1`, { headers })).status).toBe(200);
  });

  it('are answered as any other: scopes by the hundred', async () => {
    const scopes = Array.from({ length: 300 }, (_, index) => `scope=repository:a${index}:pull,push`).join('&');
    const reply = await registry().client.send('GET', `/token?${scopes}`);
    expect(reply.status).toBe(200);
    expect(((await reply.json()) as { token: string }).token.length).toBeLessThan(8192);
  });
});

describe('a manifest that would cost more than it is worth', () => {
  const documents = [
    ['ten thousand descriptors too many', () => ({ manifests: Array.from({ length: 11_000 }, () => ({})) })],
    [
      'a very deep annotation',
      () => ({ annotations: JSON.parse(`${'[1,'.repeat(3000)}1${']'.repeat(3000)}`) as unknown }),
    ],
    ['a very long list that nobody reads', () => ({ x: Array.from({ length: 500_000 }, () => 1) })],
  ] as const;
  for (const [name, fields] of documents) {
    it(`is answered in a moment: ${name}`, async () => {
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      const body = new TextEncoder().encode(
        JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], ...fields() }),
      );
      const reply = await registry().client.send('PUT', `/v2/${newRepository()}/manifests/v1`, {
        headers: { 'content-type': mediaType },
        body,
      });
      expect(reply.status).toBeOneOf([201, 400]);
    });
  }

  it('is answered in a moment: numbers and strings of a megabyte', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    for (const value of [`1${'0'.repeat(1_000_000)}`, `"${'\\u0041'.repeat(200_000)}"`, `0.${'1'.repeat(1_000_000)}`]) {
      const body = new TextEncoder().encode(
        `{"schemaVersion":2,"mediaType":"${mediaType}","manifests":[],"x":${value}}`,
      );
      const reply = await registry().client.send('PUT', `/v2/${newRepository()}/manifests/v1`, {
        headers: { 'content-type': mediaType },
        body,
      });
      expect(reply.status).toBeOneOf([201, 400]);
    }
  });
});
