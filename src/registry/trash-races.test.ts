import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/actor.ts';
import { steppedEngines } from '../../test/support/engines.ts';
import { imageOf, indexOf, randomBlob } from '../../test/support/image.ts';
import { interleavedDatabase, interleavedStore, stepsOf, type Step } from '../../test/support/interleaving.ts';
import { openRegistry } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { NotInTrashError } from './trash.ts';

const REQUESTS = [
  'push again',
  'delete tag',
  'delete manifest',
  'delete repository',
  'restore tag',
  'restore repository',
  'collect',
] as const;

type Request = (typeof REQUESTS)[number];

describe.each(steppedEngines('races of the trash'))(
  'deletions, restorations and collections of one index at once, on %s',
  (_engine, numRuns, database) => {
    it('never lose what can still be restored, nor leave half of it, in any order', async () => {
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
        fc.array(fc.constantFrom(...REQUESTS), { minLength: 2, maxLength: 6 }),
        async (scheduler, requests) => {
          run += 1;
          const repository = parseRepositoryName(`trash-race-${run}`);
          const child = imageOf([randomBlob(10)]);
          const index = indexOf([child.manifest]);
          const [digest, tag] = [parseDigest(index.digest), parseTag('v1')];
          await registry.client.pushImage(repository, child);
          await registry.client.pushManifest(repository, index, 'v1');
          registry.clock.advance(10);
          const pushed = { bytes: index.bytes, contentType: index.mediaType, extraTags: [] };
          const send = async (request: Request): Promise<unknown> => {
            switch (request) {
              case 'push again':
                return registry.manifests.put(repository, { tag }, pushed, SOMEBODY);
              case 'delete tag':
                return registry.deletions.deleteTag(repository, tag, SOMEBODY);
              case 'delete manifest':
                return registry.deletions.deleteManifest(repository, digest, SOMEBODY);
              case 'delete repository':
                return registry.deletions.deleteRepository(repository, SOMEBODY);
              case 'restore tag':
                return registry.trash.restore({ repository, tag }, SOMEBODY);
              case 'restore repository':
                return registry.trash.restore({ repository }, SOMEBODY);
              case 'collect':
                return registry.collect({ graceSeconds: 1 });
            }
          };
          steps.step = stepsOf(scheduler);
          const outcomes = await scheduler.waitFor(Promise.allSettled(requests.map(send)));
          steps.step = async () => undefined;
          for (const outcome of outcomes) {
            if (outcome.status === 'fulfilled') continue;
            const { reason } = outcome;
            // A request may come too late or too early, and is then told so.
            if (!(reason instanceof OciError) && !(reason instanceof NotInTrashError)) throw reason;
          }
          // Whatever happened: nothing was purged, so restoring everything brings everything back.
          registry.clock.advance(10);
          await registry.collect({ graceSeconds: 1 });
          for (;;) {
            const { entries } = await registry.trash.list({ repository }, { limit: 10 });
            const before = entries.length;
            for (const { id } of entries) await registry.trash.restore({ id }, SOMEBODY);
            const after = (await registry.trash.list({ repository }, { limit: 10 })).entries.length;
            if (after === 0 || after === before) break;
          }
          expect(await registry.client.pullManifest(repository, 'v1')).toEqual(index.bytes);
          expect(await registry.client.pullManifest(repository, child.manifest.digest)).toEqual(child.manifest.bytes);
          for (const blob of child.blobs) {
            expect(await registry.client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
          }
        },
      );
      await fc.assert(property, { numRuns, endOnFailure: true });
    }, 120_000);
  },
);
