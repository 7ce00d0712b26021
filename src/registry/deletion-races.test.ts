import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/actor.ts';
import { steppedEngines } from '../../test/support/engines.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { interleavedDatabase, interleavedStore, stepsOf, type Step } from '../../test/support/interleaving.ts';
import { openRegistry } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

type Request =
  | 'push manifest'
  | 'push by tag'
  | 'delete layer'
  | 'delete manifest'
  | 'delete tag'
  | 'collect'
  | 'push layer';

const REQUESTS = fc.array(
  fc.constantFrom<Request>(
    'push manifest',
    'push by tag',
    'delete layer',
    'delete manifest',
    'delete tag',
    'collect',
    'push layer',
  ),
  { minLength: 2, maxLength: 6 },
);

describe.each(steppedEngines('races of deletions'))(
  'pushes and deletions of one image at once, on %s',
  (_engine, numRuns, database) => {
    it('never leave a manifest without its layers, nor a tag without its manifest, in any order', async () => {
      const steps = { step: (async () => undefined) as Step };
      const step: Step = (name) => steps.step(name);
      await using registry = await openRegistry({
        ...(database !== undefined && { database }),
        store: (now) => interleavedStore(new MemoryStore(now), step),
        seenDatabase: (db) => interleavedDatabase(db, step),
      });
      let run = 0;
      const property = fc.asyncProperty(
        fc.scheduler(),
        REQUESTS,
        fc.boolean(),
        async (scheduler, requests, isPushed) => {
          run += 1;
          const repository = parseRepositoryName(`race-${run}`);
          const image = imageOf([randomBlob(10)]);
          const { bytes, mediaType, digest: text } = image.manifest;
          const [digest, tag] = [parseDigest(text), parseTag('v1')];
          const layer = image.blobs[1];
          if (layer === undefined) throw new Error('the image has a layer');
          for (const blob of image.blobs) await registry.client.pushBlob(repository, blob);
          if (isPushed) await registry.client.pushManifest(repository, image.manifest, 'v1');
          registry.clock.advance(10);
          const pushed = { bytes, contentType: mediaType, extraTags: [] };
          const send = async (request: Request): Promise<unknown> => {
            switch (request) {
              case 'push manifest':
                return registry.manifests.put(repository, { digest }, pushed, SOMEBODY);
              case 'push by tag':
                return registry.manifests.put(repository, { tag }, pushed, SOMEBODY);
              case 'delete layer':
                return registry.blobs.delete(repository, parseDigest(layer.digest), SOMEBODY);
              case 'delete manifest':
                return registry.manifests.delete(repository, { digest }, SOMEBODY);
              case 'delete tag':
                return registry.manifests.delete(repository, { tag }, SOMEBODY);
              case 'collect':
                return registry.collect({ graceSeconds: 1 });
              case 'push layer': {
                const { signal } = new AbortController();
                const body = new Blob([layer.bytes as Uint8Array<ArrayBuffer>]).stream();
                return registry.uploads.push(repository, parseDigest(layer.digest), { body, signal });
              }
            }
          };
          steps.step = stepsOf(scheduler);
          const outcomes = await scheduler.waitFor(Promise.allSettled(requests.map(send)));
          steps.step = async () => undefined;
          for (const outcome of outcomes) {
            // A request may come too late or too early, and is then told so.
            if (outcome.status === 'rejected' && !(outcome.reason instanceof OciError)) throw outcome.reason;
          }
          const path = `/v2/${repository}/manifests`;
          const byTag = await registry.client.send('GET', `${path}/v1`);
          const byDigest = await registry.client.send('GET', `${path}/${digest}`);
          if (byTag.status === 200) expect(byDigest.status).toBe(200);
          expect((await registry.client.tags(repository)).length).toBe(byTag.status === 200 ? 1 : 0);
          if (byDigest.status !== 200) return;
          expect(await byDigest.bytes()).toEqual(bytes);
          for (const blob of image.blobs) {
            expect(await registry.client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
          }
        },
      );
      await fc.assert(property, { numRuns, endOnFailure: true });
    }, 120_000);
  },
);
