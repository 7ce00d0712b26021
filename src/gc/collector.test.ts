import { describe, expect, it } from 'bun:test';
import {
  contentOf,
  descriptorOf,
  documentOf,
  IMAGE_INDEX,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
  type Image,
} from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A registry with one image in it, an hour ago: `a:v1`. */
async function registryWithImage(): Promise<{ registry: RegistryUnderTest; image: Image }> {
  const registry = await openRegistry();
  const image = imageOf([randomBlob(100)]);
  await registry.client.pushImage('a', image, 'v1');
  registry.clock.advance(2 * HOUR);
  return { registry, image };
}

async function isThere(registry: RegistryUnderTest, repository: string, content: Content): Promise<boolean> {
  const kind = content.mediaType.includes('manifest') || content.mediaType.includes('index') ? 'manifests' : 'blobs';
  return (await registry.client.send('GET', `/v2/${repository}/${kind}/${content.digest}`)).status === 200;
}

function fallbackTag(digest: string): string {
  return digest.replace(':', '-');
}

describe('blobs', () => {
  it('stay as long as a manifest of their repository names them', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    const report = await registry.collect();
    expect(report).toMatchObject({ manifests: 0, links: 0, blobs: 0, bytes: 0, leftovers: 0 });
    for (const blob of image.blobs) expect(await isThere(registry, 'a', blob)).toBe(true);
  });

  it('go when no manifest does, after the grace time, and so do their bytes', async () => {
    await using registry = await openRegistry();
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ links: 0, blobs: 0, bytes: 0 });
    expect(await isThere(registry, 'a', blob)).toBe(true);
    registry.clock.advance(HOUR + 1);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ links: 1, blobs: 1, bytes: 100 });
    expect(await isThere(registry, 'a', blob)).toBe(false);
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  it('go from one repository and stay in the other that names them', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    const layer = image.blobs[1] ?? randomBlob(1);
    await registry.client.pushBlob('b', layer);
    registry.clock.advance(HOUR);
    expect(await registry.collect()).toMatchObject({ links: 1, blobs: 0, bytes: 0 });
    expect(await isThere(registry, 'b', layer)).toBe(false);
    expect(await registry.client.pullBlob('a', layer.digest)).toEqual(layer.bytes);
  });

  it('are not served once their last manifest is deleted, stay as long as it can be restored, and then go', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.deleteManifest('a', image.manifest.digest);
    for (const blob of image.blobs) expect(await isThere(registry, 'a', blob)).toBe(false);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ purged: 0, blobs: 0 });
    expect((await registry.store.usage()).files).toBe(2);
    registry.clock.advance(8 * DAY);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ purged: 1, blobs: 2 });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  it('of the trash go at once when that is wanted', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.deleteManifest('a', image.manifest.digest);
    expect(await registry.collect({ graceSeconds: HOUR, purge: true })).toMatchObject({ purged: 1, blobs: 2 });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  const renewals = [
    ['pushed again', (registry: RegistryUnderTest, blob: Content) => registry.client.pushBlob('a', blob)],
    [
      'mounted from',
      (registry: RegistryUnderTest, blob: Content) =>
        registry.client.expect(201, 'POST', `/v2/b/blobs/uploads/?mount=${blob.digest}&from=a`),
    ],
    [
      'seen with HEAD',
      (registry: RegistryUnderTest, blob: Content) => registry.client.expect(200, 'HEAD', `/v2/a/blobs/${blob.digest}`),
    ],
  ] as const;
  for (const [name, renew] of renewals) {
    it(`stay for the grace time once they are ${name}, and go after it`, async () => {
      await using registry = await openRegistry();
      const blob = randomBlob(100);
      await registry.client.pushBlob('a', blob);
      registry.clock.advance(2 * HOUR);
      await renew(registry, blob);
      registry.clock.advance(HOUR / 2);
      expect((await registry.collect({ graceSeconds: HOUR })).blobs).toBe(0);
      expect((await registry.store.usage()).files).toBe(1);
      registry.clock.advance(2 * HOUR);
      expect((await registry.collect({ graceSeconds: HOUR })).blobs).toBe(1);
      expect((await registry.store.usage()).files).toBe(0);
    });
  }

  it('are not renewed by a GET: whoever reads does not push', async () => {
    await using registry = await openRegistry();
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    registry.clock.advance(2 * HOUR);
    await registry.client.pullBlob('a', blob.digest);
    expect((await registry.collect({ graceSeconds: HOUR })).blobs).toBe(1);
  });

  it('that a build cache names in its index stay', async () => {
    await using registry = await openRegistry();
    const layer = randomBlob(100);
    const config = contentOf('application/vnd.buildkit.cacheconfig.v0', new TextEncoder().encode('{}'));
    for (const blob of [layer, config]) await registry.client.pushBlob('a', blob);
    const document = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [layer, config].map(descriptorOf) };
    await registry.client.pushManifest('a', documentOf(IMAGE_INDEX, document), 'cache');
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect()).toMatchObject({ manifests: 0, links: 0, blobs: 0 });
    expect(await isThere(registry, 'a', layer)).toBe(true);
  });

  it('go by the hundred, in batches', async () => {
    await using registry = await openRegistry();
    await Promise.all(Array.from({ length: 250 }, () => registry.client.pushBlobAtOnce('a', randomBlob(10))));
    registry.clock.advance(1);
    expect(await registry.collect()).toMatchObject({ links: 250, blobs: 250, bytes: 2500 });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });
});

describe('untagged manifests', () => {
  it('stay unless it is asked to delete them', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.deleteManifest('a', 'v1');
    expect(await registry.collect({ deleteUntagged: false })).toMatchObject({ manifests: 0, blobs: 0 });
    expect(await isThere(registry, 'a', image.manifest)).toBe(true);
    expect(await registry.collect({ deleteUntagged: true })).toMatchObject({ manifests: 1, blobs: 0 });
    expect(await isThere(registry, 'a', image.manifest)).toBe(false);
    expect(await registry.collect({ purge: true })).toMatchObject({ manifests: 0, blobs: 2 });
  });

  it('stay for the grace time after their push', async () => {
    await using registry = await openRegistry();
    const image = imageOf([]);
    await registry.client.pushImage('a', image);
    registry.clock.advance(HOUR / 2);
    expect((await registry.collect({ graceSeconds: HOUR })).manifests).toBe(0);
    await registry.client.pushManifest('a', image.manifest);
    registry.clock.advance(HOUR * 0.75);
    expect((await registry.collect({ graceSeconds: HOUR })).manifests).toBe(0);
    registry.clock.advance(HOUR / 2);
    expect((await registry.collect({ graceSeconds: HOUR })).manifests).toBe(1);
  });

  it('stay as long as an index names them, through any depth, and go with it', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.deleteManifest('a', 'v1');
    const inner = indexOf([image.manifest]);
    const outer = indexOf([inner]);
    await registry.client.pushManifest('a', inner);
    await registry.client.pushManifest('a', outer, 'v2');
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect()).toMatchObject({ manifests: 0, blobs: 0 });
    await registry.client.deleteManifest('a', 'v2');
    expect(await registry.collect({ purge: true })).toMatchObject({ manifests: 3, blobs: 2 });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  it('that refer to another stay as long as it does, through any chain, and go with it', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    const signature = imageOf([randomBlob(10)], { subject: descriptorOf(image.manifest) });
    const timestamp = imageOf([randomBlob(10)], { subject: descriptorOf(signature.manifest) });
    for (const referrer of [signature, timestamp]) await registry.client.pushImage('a', referrer);
    registry.clock.advance(2 * HOUR);
    expect((await registry.collect()).manifests).toBe(0);
    for (const { manifest } of [signature, timestamp]) expect(await isThere(registry, 'a', manifest)).toBe(true);
    await registry.client.deleteManifest('a', 'v1');
    expect((await registry.collect()).manifests).toBe(3);
  });

  it('that refer to what is not there go', async () => {
    await using registry = await openRegistry();
    const referrer = imageOf([], { subject: descriptorOf(imageOf([randomBlob(1)]).manifest) });
    await registry.client.pushImage('a', referrer);
    registry.clock.advance(2 * HOUR);
    expect((await registry.collect()).manifests).toBe(1);
  });

  it('that the tag of clients without the referrers API records stay with it', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    const old = imageOf([randomBlob(10)], { artifactType: 'application/vnd.old' });
    await registry.client.pushImage('a', old);
    await registry.client.pushManifest('a', indexOf([old.manifest]), fallbackTag(image.manifest.digest));
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect()).toMatchObject({ manifests: 0, blobs: 0 });
    expect(await isThere(registry, 'a', old.manifest)).toBe(true);
  });

  it('that are named in another repository only go', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.pushImage('b', image);
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect()).toMatchObject({ manifests: 1, blobs: 0 });
    expect(await isThere(registry, 'b', image.manifest)).toBe(false);
    expect(await registry.client.pullManifest('a', 'v1')).toEqual(image.manifest.bytes);
  });

  it('that a tag still names stay, whatever else is deleted', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.pushManifest('a', image.manifest, 'v2');
    await registry.client.deleteManifest('a', 'v1');
    registry.clock.advance(2 * HOUR);
    expect((await registry.collect()).manifests).toBe(0);
    expect(await registry.client.pullManifest('a', 'v2')).toEqual(image.manifest.bytes);
  });

  it('whose tag moved away go, with the layers that nothing else has', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    const next = imageOf([randomBlob(50), image.blobs[1] ?? randomBlob(1)]);
    await registry.client.pushImage('a', next, 'v1');
    registry.clock.advance(2 * HOUR);
    const config = image.blobs[0]?.bytes.byteLength ?? 0;
    expect(await registry.collect({ purge: true })).toMatchObject({ manifests: 1, blobs: 1, bytes: config });
    for (const blob of next.blobs) expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });
});

describe('repositories', () => {
  it('that hold nothing any more, not even in the trash, are forgotten after the grace time', async () => {
    const { registry, image } = await registryWithImage();
    await using _disposed = registry;
    await registry.client.deleteManifest('a', image.manifest.digest);
    expect((await registry.client.send('GET', '/v2/a/tags/list')).status).toBe(200);
    await registry.collect({ graceSeconds: HOUR });
    expect((await registry.client.send('GET', '/v2/a/tags/list')).status).toBe(200);
    registry.clock.advance(8 * DAY);
    await registry.collect({ graceSeconds: HOUR });
    expect((await registry.client.send('GET', '/v2/a/tags/list')).status).toBe(404);
    await registry.client.pushImage('a', image, 'v1');
    expect(await registry.client.tags('a')).toEqual(['v1']);
  });
});

describe('a collection that is stopped', () => {
  it('leaves what it did not come to, and the next one takes it', async () => {
    await using registry = await openRegistry();
    for (let index = 0; index < 10; index++) await registry.client.pushBlob('a', randomBlob(10));
    registry.clock.advance(1);
    const options = { dryRun: false, deleteUntagged: true, graceSeconds: 0, uploadIdleSeconds: 1 };
    const stopped = registry.collector.collect(options, AbortSignal.abort(new Error('the server stops')));
    expect(await stopped.catch((error: unknown) => error)).toMatchObject({ message: 'the server stops' });
    await registry.collect();
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });
});
