import { describe, expect, it } from 'bun:test';
import { descriptorOf, imageOf, indexOf, randomBlob, type Content } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { systemActor } from '../metadata/actor.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

const HOUR = 3600;
const WANTED = { dryRun: false, deleteUntagged: true, graceSeconds: HOUR, uploadIdleSeconds: 24 * HOUR };
const { signal } = new AbortController();

async function isThere({ client }: RegistryUnderTest, { digest }: Content): Promise<boolean> {
  return (await client.send('GET', `/v2/a/manifests/${digest}`)).status === 200;
}

/** A store that dies in the middle of a collection. */
class DyingStore extends MemoryStore {
  isAlive = true;

  override async delete(key: StorageKey): Promise<void> {
    if (!this.isAlive) throw new Error('killed');
    await super.delete(key);
  }
}

/** What garbage collection of other registries did to their users. */
describe('garbage collection does not', () => {
  it('take platforms from live images (distribution#3178, delete-package-versions#162, gitea#32053)', async () => {
    await using registry = await openRegistry();
    const platforms = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    for (const platform of platforms) await registry.client.pushImage('a', platform);
    await registry.client.pushManifest('a', indexOf(platforms.map(({ manifest }) => manifest)), 'v1');
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect(WANTED)).toMatchObject({ manifests: 0, blobs: 0 });
    for (const { manifest, blobs } of platforms) {
      expect(await isThere(registry, manifest)).toBe(true);
      for (const { digest, bytes } of blobs) expect(await registry.client.pullBlob('a', digest)).toEqual(bytes);
    }
  });

  it('keep untagged images because they are signed (harbor#18014)', async () => {
    await using registry = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('a', image);
    const signature = imageOf([randomBlob(20)], { subject: descriptorOf(image.manifest) });
    await registry.client.pushImage('a', signature);
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect(WANTED)).toMatchObject({ manifests: 2 });
    const [entry, ...others] = await registry.db.build((kysely) => kysely.selectFrom('trash').select('id'));
    expect(others).toEqual([]);
    await registry.trash.restore({ id: entry?.id ?? 0 }, systemActor('admin'));
    for (const { manifest } of [image, signature]) expect(await isThere(registry, manifest)).toBe(true);
  });

  it('leave signatures of images that are gone (harbor#20184)', async () => {
    await using registry = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('a', image, 'v1');
    const signature = imageOf([randomBlob(20)], { subject: descriptorOf(image.manifest) });
    await registry.client.pushImage('a', signature);
    registry.clock.advance(2 * HOUR);
    await registry.client.deleteManifest('a', image.manifest.digest);
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect({ ...WANTED, deleteUntagged: false })).toMatchObject({ manifests: 1 });
    expect(await isThere(registry, signature.manifest)).toBe(false);
  });

  it('take what refers to an untagged image that stays (harbor#19788)', async () => {
    await using registry = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('a', image);
    const index = indexOf([image.manifest]);
    await registry.client.pushManifest('a', index, 'v1');
    const sboms = [1, 2].map((size) => imageOf([randomBlob(size)], { subject: descriptorOf(image.manifest) }));
    for (const sbom of sboms) await registry.client.pushImage('a', sbom);
    registry.clock.advance(2 * HOUR);
    expect(await registry.collect(WANTED)).toMatchObject({ manifests: 0 });
    for (const { manifest } of sboms) expect(await isThere(registry, manifest)).toBe(true);
  });

  it('end at a repository that is deleted meanwhile, or at a blob that is missing (zot#4271)', async () => {
    await using registry = await openRegistry();
    const { client, clock, db, store } = registry;
    for (const repository of ['a', 'b', 'c']) {
      await client.pushImage(repository, imageOf([randomBlob(10)]), 'v1');
      await client.pushBlob(repository, randomBlob(20));
    }
    clock.advance(2 * HOUR);
    const [row] = await db.build((kysely) => kysely.selectFrom('blobs').select('storage_key').where('size', '=', 20));
    await store.delete((row?.storage_key ?? '') as StorageKey);
    const [report] = await Promise.all([
      registry.collector.collect(WANTED, signal),
      registry.deletions.deleteRepository(parseRepositoryName('a'), systemActor('admin')),
    ]);
    expect(report.blobs).toBeGreaterThanOrEqual(2);
    for (const repository of ['b', 'c'])
      expect((await client.pullManifest(repository, 'v1')).byteLength).toBeGreaterThan(0);
  });

  it('leave the registry read-only when it dies (harbor#10615)', async () => {
    let store: DyingStore | undefined;
    await using registry = await openRegistry({ store: (now) => (store = new DyingStore(now)) });
    await registry.client.pushBlob('a', randomBlob(10));
    registry.clock.advance(2 * HOUR);
    if (store !== undefined) store.isAlive = false;
    expect(await registry.collect(WANTED).catch((error: unknown) => error)).toBeInstanceOf(Error);
    await registry.client.pushImage('a', imageOf([randomBlob(10)]), 'v1');
    if (store !== undefined) store.isAlive = true;
    await registry.collect(WANTED);
    expect((await registry.store.usage()).files).toBe(2);
  });
});
