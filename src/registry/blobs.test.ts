import { describe, expect, it } from 'bun:test';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { openRegistry, type RegistryOptions, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Database } from '../metadata/database.ts';
import { findLinkedBlob } from '../metadata/links.ts';
import { parseDigest } from '../oci/digest.ts';
import { BlobUnknownError, StorageFullError, StorageUnavailableError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';

const A = parseRepositoryName('a');

/** The grace time of the registry under test. */
const GRACE_SECONDS = 3600;

/** A registry with one blob in `a` that no manifest names, and the writes of its rules. */
async function registryWithBlob(options: { isShared?: boolean } = {}) {
  const writes = { count: 0, failure: undefined as Error | undefined };
  const seenDatabase: RegistryOptions['seenDatabase'] = (db): Database => ({
    ...db,
    isShared: options.isShared ?? db.isShared,
    transaction: (work, wanted) => {
      writes.count += 1;
      return writes.failure === undefined ? db.transaction(work, wanted) : Promise.reject(writes.failure);
    },
  });
  const registry = await openRegistry({ seenDatabase });
  const blob = randomBlob(100);
  await registry.client.pushBlob('a', blob);
  writes.count = 0;
  return { registry, blob, writes };
}

function see(registry: RegistryUnderTest, blob: Content): Promise<unknown> {
  return registry.blobs.see(A, parseDigest(blob.digest)).then(
    () => 'seen',
    (error: unknown) => error,
  );
}

describe('a blob that a client is told is there', () => {
  it('costs no write while its link is young', async () => {
    const { registry, blob, writes } = await registryWithBlob();
    await using _disposed = registry;
    registry.clock.advance(GRACE_SECONDS / 2 - 1);
    expect(await see(registry, blob)).toBe('seen');
    expect(writes.count).toBe(0);
  });

  it('costs one write in half a grace time, however often it is asked for', async () => {
    const { registry, blob, writes } = await registryWithBlob();
    await using _disposed = registry;
    registry.clock.advance(GRACE_SECONDS);
    for (const _time of [1, 2, 3]) expect(await see(registry, blob)).toBe('seen');
    expect(writes.count).toBe(1);
    const row = await findLinkedBlob(registry.db, A, parseDigest(blob.digest));
    expect(row?.linkedAt).toBe(registry.clock.now().getTime());
  });

  it('is there for half the grace time at least, whenever it was asked for', async () => {
    for (const age of [0, GRACE_SECONDS / 2 - 1, GRACE_SECONDS / 2, GRACE_SECONDS * 10]) {
      const { registry, blob } = await registryWithBlob();
      await using _disposed = registry;
      registry.clock.advance(age);
      expect(await see(registry, blob)).toBe('seen');
      registry.clock.advance(GRACE_SECONDS / 2);
      expect((await registry.collect({ graceSeconds: GRACE_SECONDS })).links).toBe(0);
    }
  });

  it('is not there when garbage collection came between looking and telling', async () => {
    const { registry, blob } = await registryWithBlob();
    await using _disposed = registry;
    registry.clock.advance(2 * GRACE_SECONDS);
    // The look-up of the bytes is the step between the two.
    const { size } = registry.store;
    registry.store.size = async (key) => {
      const found = await size.call(registry.store, key);
      expect((await registry.collect({ graceSeconds: GRACE_SECONDS })).links).toBe(1);
      return found;
    };
    expect(await see(registry, blob)).toBeInstanceOf(BlobUnknownError);
  });
});

describe('a link that cannot be renewed', () => {
  for (const [why, failure] of [
    ['is full', new StorageFullError()],
    ['takes no writes', new StorageUnavailableError()],
  ] as const) {
    it(`is told of all the same when the one database ${why}: nothing can be collected either`, async () => {
      const { registry, blob, writes } = await registryWithBlob({ isShared: false });
      await using _disposed = registry;
      registry.clock.advance(GRACE_SECONDS);
      writes.failure = failure;
      expect(await see(registry, blob)).toBe('seen');
      writes.failure = undefined;
    });
  }

  it('is not told of when others may still reach the database, and collect', async () => {
    const { registry, blob, writes } = await registryWithBlob({ isShared: true });
    await using _disposed = registry;
    registry.clock.advance(GRACE_SECONDS);
    writes.failure = new StorageUnavailableError();
    expect(await see(registry, blob)).toBeInstanceOf(StorageUnavailableError);
    writes.failure = undefined;
  });
});
