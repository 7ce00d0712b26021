import { expect, it } from 'bun:test';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { openRegistry } from '../../test/support/registry-under-test.ts';

const HOUR = 3600;

/** A registry that takes images whose blobs are not all there, with one of which a layer is missing: `a:v1`. */
async function registryWithSparseImage() {
  const registry = await openRegistry({ rules: { requireBlobs: false } });
  const missing = randomBlob(100);
  const { manifest, blobs } = imageOf([randomBlob(100), missing]);
  const present = blobs.filter(({ digest }) => digest !== missing.digest);
  for (const blob of present) await registry.client.pushBlob('a', blob);
  const headers = { 'content-type': manifest.mediaType };
  const reply = await registry.client.send('PUT', '/v2/a/manifests/v1', { headers, body: manifest.bytes });
  return { registry, manifest, present, missing, reply };
}

it('takes an image of which a layer is missing, where it is told to', async () => {
  const { registry, manifest, missing, reply } = await registryWithSparseImage();
  await using _disposed = registry;
  expect(reply.status).toBe(201);
  expect(reply.headers.get('docker-content-digest')).toBe(manifest.digest);
  expect(await registry.client.tags('a')).toEqual(['v1']);
  expect(await registry.client.pullManifest('a', 'v1')).toEqual(manifest.bytes);
  expect((await registry.client.send('GET', `/v2/a/blobs/${missing.digest}`)).status).toBe(404);
});

it('keeps the layers that are there, and the one that comes later', async () => {
  const { registry, present, missing } = await registryWithSparseImage();
  await using _disposed = registry;
  registry.clock.advance(2 * HOUR);
  expect(await registry.collect()).toMatchObject({ manifests: 0, links: 0, blobs: 0 });
  await registry.client.pushBlob('a', missing);
  registry.clock.advance(2 * HOUR);
  expect(await registry.collect()).toMatchObject({ manifests: 0, links: 0, blobs: 0 });
  for (const { digest, bytes } of [...present, missing]) {
    expect(await registry.client.pullBlob('a', digest)).toEqual(bytes);
  }
});

it('may be deleted as any other', async () => {
  const { registry, manifest, present } = await registryWithSparseImage();
  await using _disposed = registry;
  await registry.client.deleteManifest('a', manifest.digest);
  expect(await registry.client.tags('a')).toEqual([]);
  registry.clock.advance(2 * HOUR);
  expect(await registry.collect()).toMatchObject({ links: present.length, blobs: 0 });
  // The trash kept the bytes for a week.
  registry.clock.advance(8 * 24 * HOUR);
  expect(await registry.collect()).toMatchObject({ links: 0, blobs: present.length });
});
