import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/actor.ts';
import { imageOf, randomBlob, type Content, type Image } from '../../test/support/image.ts';
import { interleavedDatabase, interleavedStore, stepsOf, type Step } from '../../test/support/interleaving.ts';
import { steppedEngines } from '../../test/support/engines.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Database } from '../metadata/database.ts';
import { parseDigest } from '../oci/digest.ts';
import { BlobUnknownError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

const GRACE_SECONDS = 3600;
const { signal } = new AbortController();

/** A registry whose parts go on only as {@link steps} says. */
async function openSteppedRegistry(database?: () => Promise<Database>) {
  const steps = { step: (async () => undefined) as Step };
  const step: Step = (name) => steps.step(name);
  const registry = await openRegistry({
    ...(database !== undefined && { database }),
    store: (now) => interleavedStore(new MemoryStore(now), step),
    seenDatabase: (db) => interleavedDatabase(db, step),
  });
  return { registry, steps };
}

/** As Docker's client pushes: what HEAD finds is not sent, what can be mounted neither. */
async function push(registry: RegistryUnderTest, name: string, image: Image, mayMount: boolean): Promise<void> {
  const repository = parseRepositoryName(name);
  for (const blob of image.blobs) {
    const digest = parseDigest(blob.digest);
    const isThere = await registry.blobs.see(repository, digest).then(
      () => true,
      (error: unknown) => {
        if (error instanceof BlobUnknownError) return false;
        throw error;
      },
    );
    if (
      isThere ||
      (mayMount && (await registry.blobs.mount(repository, digest, { mayPull: () => true, actor: SOMEBODY })))
    )
      continue;
    const body = new Blob([blob.bytes as Uint8Array<ArrayBuffer>]).stream();
    await registry.uploads.push(repository, digest, { body, signal, exactBytes: blob.bytes.byteLength });
  }
  const { bytes, mediaType } = image.manifest;
  const pushed = { bytes, contentType: mediaType, extraTags: [] };
  await registry.manifests.put(repository, { tag: parseTag('v1') }, pushed, SOMEBODY);
}

async function expectWhole(registry: RegistryUnderTest, repository: string, image: Image): Promise<void> {
  expect(await registry.client.pullManifest(repository, 'v1')).toEqual(image.manifest.bytes);
  for (const { digest, bytes } of image.blobs) {
    expect(await registry.client.pullBlob(repository, digest)).toEqual(bytes);
  }
}

/** Pushes the image, and deletes it again: its blobs are there, and nothing names them. */
async function leaveGarbage(registry: RegistryUnderTest, repository: string, image: Image): Promise<void> {
  await registry.client.pushImage(repository, image, 'v1');
  await registry.client.deleteManifest(repository, image.manifest.digest);
}

async function empty(registry: RegistryUnderTest, images: readonly (readonly [string, Image])[]): Promise<void> {
  for (const [repository, image] of images)
    await registry.client.send('DELETE', `/v2/${repository}/manifests/${image.manifest.digest}`);
  registry.clock.advance(1000);
  await registry.collect({ graceSeconds: 0, purge: true });
  expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
}

describe.each(steppedEngines('garbage collection during pushes'))(
  'garbage collection during pushes, on %s',
  (_engine, numRuns, database) => {
    it('never takes what a client was told is there, in any order of their steps', async () => {
      const { registry, steps } = await openSteppedRegistry(database);
      await using _disposed = registry;
      const shape = fc.record({
        mayMount: fc.boolean(),
        isGarbageElsewhere: fc.boolean(),
        deleteUntagged: fc.boolean(),
        collections: fc.integer({ min: 1, max: 2 }),
        scheduler: fc.scheduler(),
      });
      const property = fc.asyncProperty(shape, async ({ mayMount, isGarbageElsewhere, deleteUntagged, ...rest }) => {
        const layers: readonly Content[] = [randomBlob(20), randomBlob(30)];
        const images = [
          ['a', imageOf(layers)],
          ['b', imageOf(layers.slice(1))],
        ] as const;
        for (const [repository, image] of images)
          await leaveGarbage(registry, isGarbageElsewhere ? 'c' : repository, image);
        registry.clock.advance(2 * GRACE_SECONDS);
        steps.step = stepsOf(rest.scheduler);
        const work = [
          ...images.map(([repository, image]) => push(registry, repository, image, mayMount)),
          ...Array.from({ length: rest.collections }, () =>
            registry.collect({ graceSeconds: GRACE_SECONDS, deleteUntagged }),
          ),
        ];
        // All of it ends before anything is judged: what waits for a step that nobody takes would hold up the next run.
        const outcomes = await rest.scheduler.waitFor(Promise.allSettled(work));
        steps.step = async () => undefined;
        try {
          expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
          for (const [repository, image] of images) await expectWhole(registry, repository, image);
          registry.clock.advance(2 * GRACE_SECONDS);
          await registry.collect({ graceSeconds: GRACE_SECONDS });
          for (const [repository, image] of images) await expectWhole(registry, repository, image);
        } finally {
          await empty(registry, images);
        }
      });
      await fc.assert(property, { numRuns });
    }, 120_000);
  },
);
