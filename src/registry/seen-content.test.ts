import { describe, expect, it } from 'bun:test';
import { randomBlob } from '../../test/support/image.ts';
import { openRegistry } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import type { BlobOfRepository } from './seen-content.ts';

function someBlob(repository = 'a'): BlobOfRepository {
  return { repository: parseRepositoryName(repository), digest: parseDigest(randomBlob(10).digest) };
}

const found = async (): Promise<string> => 'found';

describe('a blob that a client was told is there', () => {
  it('is not condemned, until the note of it is written', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    expect(await registry.seen.find(blob, found)).toBe('found');
    expect(registry.seen.condemn([blob])).toEqual([]);
    await registry.seen.flush();
    expect(registry.seen.condemn([blob])).toEqual([blob]);
  });

  it('is not condemned while it is still being looked for', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    const { promise, resolve } = Promise.withResolvers<string>();
    const looking = registry.seen.find(blob, () => promise);
    expect(registry.seen.condemn([blob])).toEqual([]);
    resolve('found');
    expect(await looking).toBe('found');
    expect(registry.seen.condemn([blob])).toEqual([]);
  });

  it('is not condemned while the note of it is being written', async () => {
    const { promise: mayWrite, resolve: write } = Promise.withResolvers<void>();
    await using registry = await openRegistry({
      seenDatabase: (db) => ({
        ...db,
        transaction: async (work, options) => {
          await mayWrite;
          return db.transaction(work, options);
        },
      }),
    });
    const blob = someBlob();
    await registry.seen.find(blob, found);
    const flushed = registry.seen.flush();
    expect(registry.seen.condemn([blob])).toEqual([]);
    write();
    await flushed;
    expect(registry.seen.condemn([blob])).toEqual([blob]);
  });

  it('says nothing of others: in another repository, or with another digest', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    await registry.seen.find(blob, found);
    const others = [{ ...blob, repository: parseRepositoryName('b') }, someBlob()];
    expect(registry.seen.condemn([blob, ...others])).toEqual(others);
  });
});

describe('a blob that is not there', () => {
  it('is not noted, however often it is asked for', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    for (const _time of [1, 2]) expect(await registry.seen.find(blob, async () => undefined)).toBeUndefined();
    expect(registry.seen.condemn([blob])).toEqual([blob]);
  });

  it('is not noted where looking for it fails', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    const failure = registry.seen.find(blob, () => Promise.reject(new Error('no disk')));
    expect(await failure.catch((error: unknown) => error)).toMatchObject({ message: 'no disk' });
    expect(registry.seen.condemn([blob])).toEqual([blob]);
  });
});

describe('a blob that is condemned', () => {
  it('is found by nobody until it is released', async () => {
    await using registry = await openRegistry();
    const blob = someBlob();
    const condemned = registry.seen.condemn([blob]);
    expect(await registry.seen.find(blob, found)).toBeUndefined();
    registry.seen.release(condemned);
    expect(await registry.seen.find(blob, found)).toBe('found');
  });
});
