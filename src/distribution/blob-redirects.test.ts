import { describe, expect, it } from 'bun:test';
import { newRepository, openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { redirectsOf } from '../composition/redirects.ts';
import { digestOf } from '../oci/digest.ts';
import type { DirectReads, StorageKey } from '../storage/blob-store.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

/** A store that clients may read from. */
class ReadableStore extends MemoryStore {
  readonly directReads: DirectReads = {
    temporaryUrl: (key, { seconds, contentType }) =>
      `https://s3.example.org/${encodeURIComponent(key)}?for=${seconds}&as=${encodeURIComponent(contentType)}`,
  };
}

const BYTES = new TextEncoder().encode('0123456789');
const DIGEST = digestOf(BYTES);

async function pushed(registry: RegistryUnderTest): Promise<string> {
  const repository = newRepository();
  const path = `/v2/${repository}/blobs/uploads/?digest=${DIGEST}`;
  const { authorization } = registry;
  const reply = await fetch(registry.url + path, { method: 'POST', headers: { authorization }, body: BYTES });
  expect(reply.status).toBe(201);
  return `${registry.url}/v2/${repository}/blobs/${DIGEST}`;
}

function ask(
  { authorization }: RegistryUnderTest,
  url: string,
  init: { method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(url, { redirect: 'manual', ...init, headers: { authorization, ...init.headers } });
}

const open = (networks: readonly string[] | 'all', trustedProxies?: readonly string[]): Promise<RegistryUnderTest> => {
  const mode = networks === 'all' ? 'on' : 'networks';
  const redirects = redirectsOf({ mode, networks: networks === 'all' ? [] : [...networks], seconds: 1200 });
  return openRegistry({
    store: (now) => new ReadableStore(now),
    ...(redirects !== undefined && { redirects }),
    ...(trustedProxies !== undefined && { trustedProxies }),
  });
};

describe('a blob that clients may read from the store', () => {
  it('is redirected to, for a while, by GET, with a range or without', async () => {
    await using registry = await open('all');
    const url = await pushed(registry);
    const keys: StorageKey[] = (await Array.fromAsync(registry.store.listKeys())).map(({ key }) => key);
    for (const headers of [{}, { range: 'bytes=2-3' }]) {
      const reply = await ask(registry, url, { headers });
      expect(reply.status).toBe(307);
      expect(reply.headers.get('location')).toBe(
        `https://s3.example.org/${encodeURIComponent(keys[0] ?? '')}?for=1200&as=application%2Foctet-stream`,
      );
      expect(reply.headers.get('docker-content-digest')).toBe(DIGEST);
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(await reply.text()).toBe('');
    }
  });

  it('answers HEAD, and a client that has it already, itself', async () => {
    await using registry = await open('all');
    const url = await pushed(registry);
    const head = await ask(registry, url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect((await ask(registry, url, { headers: { 'if-none-match': `"${DIGEST}"` } })).status).toBe(304);
  });

  it('tells nobody where it is who may not pull it', async () => {
    await using registry = await open('all');
    const reply = await fetch(await pushed(registry), { redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([401, null]);
  });

  for (const [who, source, status] of [
    ['is redirected to for a client of the networks', '10.1.2.3', 307],
    ['is sent through us to any other', '192.0.2.1', 200],
  ] as const) {
    it(`${who}, behind a trusted proxy`, async () => {
      await using registry = await open(['10.0.0.0/8'], ['127.0.0.1']);
      const reply = await ask(registry, await pushed(registry), { headers: { 'x-forwarded-for': source } });
      expect(reply.status).toBe(status);
    });
  }

  it('does not believe anybody else who says to come from there', async () => {
    await using registry = await open(['10.0.0.0/8']);
    const reply = await ask(registry, await pushed(registry), { headers: { 'x-forwarded-for': '10.1.2.3' } });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toBe('0123456789');
  });
});

it('where clients cannot read from the store, a blob is sent through us', async () => {
  await using registry = await openRegistry({ redirects: { seconds: 60, cover: () => true } });
  expect((await ask(registry, await pushed(registry))).status).toBe(200);
});
