import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/actor.ts';
import { imageOf, indexOf, type Content } from '../../test/support/image.ts';
import { interleavedDatabase, stepsOf, type Step } from '../../test/support/interleaving.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { ManifestContent } from '../metadata/manifests.ts';
import { digestOf, parseDigest } from '../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError, StorageUnavailableError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { ManifestCache } from './manifest-cache.ts';
import { isTestDatabaseOurs } from '../../test/support/test-database.ts';

function contentOf(text: string, size = text.length): ManifestContent {
  const bytes = new Uint8Array(size);
  return {
    digest: digestOf(new TextEncoder().encode(text)),
    mediaType: 'application/json',
    bytes,
    pushedAt: 0,
    expiresAt: null,
  };
}

/** For a few small manifests. */
const LARGE_ENOUGH = 10_000;

describe('the cache of manifests', () => {
  it('gives back what was put', () => {
    const cache = new ManifestCache(LARGE_ENOUGH);
    const content = contentOf('a');
    cache.put('r', 'v1', content, cache.changes);
    expect(cache.get('r', 'v1')).toBe(content);
    expect(cache.get('r', 'v2')).toBeUndefined();
    expect(cache.get('q', 'v1')).toBeUndefined();
  });

  it('forgets all of a repository, and nothing of others', () => {
    const cache = new ManifestCache(LARGE_ENOUGH);
    for (const repository of ['r', 'q']) cache.put(repository, 'v1', contentOf(repository), cache.changes);
    cache.forget('r');
    expect(cache.get('r', 'v1')).toBeUndefined();
    expect(cache.get('q', 'v1')).toBeDefined();
  });

  it('does not take what was read before a change', () => {
    const cache = new ManifestCache(LARGE_ENOUGH);
    const { changes } = cache;
    cache.forget('r');
    cache.put('r', 'v1', contentOf('old'), changes);
    expect(cache.get('r', 'v1')).toBeUndefined();
  });

  it('holds no more bytes than it may, with what it needs for small ones, and keeps what is used', () => {
    const cache = new ManifestCache(10 * 1124);
    cache.put('r', 'used', contentOf('used', 100), cache.changes);
    for (let index = 0; index < 100; index++) {
      expect(cache.get('r', 'used')).toBeDefined();
      cache.put('r', `v${index}`, contentOf(`${index}`, 100), cache.changes);
    }
    const kept = Array.from({ length: 100 }, (_, index) => cache.get('r', `v${index}`)).filter((found) => found);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept.length).toBeGreaterThan(0);
  });

  it('does not keep what is larger than a half of it, nor anything where it may hold nothing', () => {
    const cache = new ManifestCache(10_000);
    cache.put('r', 'v1', contentOf('large', 5001), cache.changes);
    expect(cache.get('r', 'v1')).toBeUndefined();
    const none = new ManifestCache(0);
    none.put('r', 'v1', contentOf('small', 1), none.changes);
    expect(none.get('r', 'v1')).toBeUndefined();
  });
});

/** What a tag names after each change; `undefined` where it is deleted. */
type Version = Content | undefined;

const tag = parseTag('v1');

async function write(registry: RegistryUnderTest, repository: RepositoryName, version: Version): Promise<void> {
  if (version === undefined) return registry.manifests.delete(repository, { tag }, SOMEBODY);
  const pushed = { bytes: version.bytes, contentType: version.mediaType, extraTags: [] };
  await registry.manifests.put(repository, { tag }, pushed, SOMEBODY);
}

/** As the endpoint reads it: from memory, else from the database. */
async function read(registry: RegistryUnderTest, repository: RepositoryName): Promise<string | undefined> {
  const known = registry.manifests.recall(repository, 'v1');
  if (known !== undefined) return known.digest;
  try {
    return (await registry.manifests.get(repository, { tag })).digest;
  } catch (error) {
    if (error instanceof ManifestUnknownError || error instanceof NameUnknownError) return undefined;
    throw error;
  }
}

describe('a tag that moves and goes while it is pulled', () => {
  it('is never served as it was before a change that was acknowledged, in any order of steps', async () => {
    const steps = { step: (async () => undefined) as Step };
    await using registry = await openRegistry({
      seenDatabase: (db) => interleavedDatabase(db, (name) => steps.step(name)),
    });
    let run = 0;
    const changes = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(fc.scheduler(), changes, async (scheduler, deletions) => {
      run += 1;
      const repository = parseRepositoryName(`race-${run}`);
      const versions: Version[] = [indexOf([], { annotations: { run: `${run}`, version: 'first' } })];
      for (const [index, isDeletion] of deletions.entries()) {
        const canDelete = isDeletion && versions.at(-1) !== undefined;
        versions.push(canDelete ? undefined : indexOf([], { annotations: { run: `${run}`, version: `${index}` } }));
      }
      await write(registry, repository, versions[0]);
      let acknowledged = 0;
      let begun = 0;
      let isDone = false;
      const readUntilDone = async (): Promise<void> => {
        while (!isDone) {
          await steps.step('another pull');
          const earliest = acknowledged;
          const digest = await read(registry, repository);
          const possible = versions.slice(earliest, begun + 1).map((version) => version?.digest);
          expect(possible).toContain(digest);
        }
      };
      const writeAll = async (): Promise<void> => {
        for (let next = 1; next < versions.length; next++) {
          begun = next;
          await write(registry, repository, versions[next]);
          acknowledged = next;
        }
      };
      const writeUntilDone = (): Promise<void> => writeAll().finally(() => (isDone = true));
      steps.step = stepsOf(scheduler);
      const outcomes = await scheduler.waitFor(
        Promise.allSettled([writeUntilDone(), readUntilDone(), readUntilDone()]),
      );
      steps.step = async () => undefined;
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      expect(await read(registry, repository)).toBe(versions.at(-1)?.digest);
    });
    await fc.assert(property, { numRuns: 100, endOnFailure: true });
  }, 60_000);

  it('is served as it is when its move was recorded, and only the answer of the database was lost', async () => {
    let isAnswerLost = false;
    await using registry = await openRegistry({
      seenDatabase: (db) => ({
        ...db,
        transaction: async (work, options) => {
          const result = await db.transaction(work, options);
          if (isAnswerLost) throw new StorageUnavailableError();
          return result;
        },
      }),
    });
    const repository = parseRepositoryName('a');
    const [before, after] = ['before', 'after'].map((version) => indexOf([], { annotations: { version } }));
    await write(registry, repository, before);
    expect(await read(registry, repository)).toBe(before?.digest);
    isAnswerLost = true;
    const outcome = await write(registry, repository, after).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(StorageUnavailableError);
    expect(await read(registry, repository)).toBe(after?.digest);
  });

  it.if(isTestDatabaseOurs)('is not served after its manifest was collected', async () => {
    await using registry = await openRegistry();
    const image = imageOf([]);
    const repository = parseRepositoryName('a');
    await registry.client.pushImage('a', image, 'v1');
    const digest = parseDigest(image.manifest.digest);
    await registry.manifests.get(repository, { digest });
    expect(registry.manifests.recall(repository, digest)).toBeDefined();
    await registry.client.deleteManifest('a', 'v1');
    await registry.manifests.get(repository, { digest });
    registry.clock.advance(10);
    expect((await registry.collect()).manifests).toBe(1);
    expect(registry.manifests.recall(repository, digest)).toBeUndefined();
    expect((await registry.client.send('GET', `/v2/a/manifests/${digest}`)).status).toBe(404);
  });
});
