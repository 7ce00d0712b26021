import { describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { openFilledRegistry } from '../../test/support/filled-registry.ts';
import { memoryFolder, removeFolder } from '../../test/support/folders.ts';
import { imageOf, randomBlob, type Image } from '../../test/support/image.ts';
import { interleavedDatabase, stepsOf } from '../../test/support/interleaving.ts';
import { openRegistry } from '../../test/support/registry-under-test.ts';
import { Leases } from '../jobs/leases.ts';
import { LEASES } from '../jobs/lease-names.ts';
import { findBlob } from '../metadata/blobs.ts';
import { findTaggedManifest } from '../metadata/manifests.ts';
import { sqliteFiles } from '../metadata/sqlite/facts-files.ts';
import type { Digest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { verify, type VerifyEvent } from '../verification/verification.ts';
import { backUp } from './backup.ts';
import { FolderPlace } from './folder-place.ts';
import { restore } from './restore.ts';

const never = new AbortController().signal;

function smallImage(): Image {
  return imageOf([randomBlob(200)]);
}

describe('a backup while others push, delete and collect garbage', () => {
  it('has all the bytes of all that it names, in whatever order things happen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const folder = memoryFolder('races');
        try {
          await using registry = await openRegistry({ store: 'filesystem' });
          const kept = smallImage();
          const deleted = smallImage();
          const pushed = smallImage();
          await registry.client.pushImage('team/app', kept, 'kept');
          await registry.client.pushImage('team/app', deleted, 'deleted');
          registry.clock.advance(10);
          const db = interleavedDatabase(registry.db, stepsOf(scheduler));
          const leases = new Leases({ db: registry.db, node: 'test', now: registry.clock.now });
          const place = new FolderPlace(join(folder, 'backup'));
          const parts = {
            db,
            store: registry.store,
            leases,
            version: '1.2.3',
            now: registry.clock.now,
            files: sqliteFiles,
            scratch: join(folder, 'scratch'),
          };
          const options = { keep: undefined, verify: false, signal: never, onProgress: () => undefined };
          const others = async (): Promise<void> => {
            await registry.client.deleteManifest('team/app', deleted.manifest.digest);
            await registry.collect();
            await registry.client.pushImage('team/app', pushed, 'pushed');
            registry.clock.advance(10);
            await registry.collect();
          };
          const both = Promise.all([
            backUp(parts, place, options),
            scheduler.schedule(Promise.resolve(), 'others').then(others),
          ]);
          await scheduler.waitFor(both);
          const [report] = await both;
          expect(report.description.lost).toEqual([]);

          await using other = await openFilledRegistry();
          const to = { db: other.db, store: other.store };
          const restoring = { to, now: registry.clock.now, files: sqliteFiles, scratch: join(folder, 'scratch') };
          const restored = await restore(restoring, place, {
            snapshot: undefined,
            signal: never,
            onProgress: () => undefined,
          });
          expect(restored.lost).toEqual([]);
          const name = parseRepositoryName('team/app');
          expect(await findTaggedManifest(other.db, name, parseTag('kept'))).toBeDefined();
          const events: VerifyEvent[] = [];
          const verification = {
            ...to,
            now: registry.clock.now,
            rules: { requireBlobs: true, requireIndexChildren: false },
            leftoverSeconds: () => 0,
            onRepaired: () => undefined,
          };
          for await (const event of verify(verification, { full: true, repair: false, signal: never }))
            events.push(event);
          expect(events.filter(({ event }) => event === 'finding')).toEqual([]);
        } finally {
          removeFolder(folder);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it('keeps collections from sweeping what it has yet to copy', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const image = smallImage();
    await registry.client.pushImage('team/app', image, 'v1');
    const row = await findBlob(registry.db, image.blobs[0]?.digest as Digest);
    registry.clock.advance(10);
    const lease = await new Leases({ db: registry.db, node: 'test', now: registry.clock.now }).take(LEASES.backup);
    await registry.client.deleteManifest('team/app', image.manifest.digest);
    await registry.collect({ purge: true });
    expect(await findBlob(registry.db, image.blobs[0]?.digest as Digest)).toBeUndefined();
    expect(await registry.store.size(row?.storageKey as StorageKey)).toBe(row?.size);
    await lease?.release();
    await registry.collect();
    expect(await registry.store.size(row?.storageKey as StorageKey)).toBeUndefined();
  });
});

describe('a verification while others push, delete and collect garbage', () => {
  it('finds nothing wrong, in whatever order things happen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        await using registry = await openRegistry({ store: 'filesystem' });
        const deleted = smallImage();
        await registry.client.pushImage('team/app', deleted, 'deleted');
        await registry.client.pushImage('team/app', smallImage(), 'kept');
        registry.clock.advance(10);
        const parts = {
          db: interleavedDatabase(registry.db, stepsOf(scheduler)),
          store: registry.store,
          now: registry.clock.now,
          rules: { requireBlobs: true, requireIndexChildren: false },
          leftoverSeconds: () => 60,
          onRepaired: () => undefined,
        };
        const findings: VerifyEvent[] = [];
        const verifying = async (): Promise<void> => {
          for await (const event of verify(parts, { full: true, repair: false, signal: never })) {
            if (event.event === 'finding') findings.push(event);
          }
        };
        const others = async (): Promise<void> => {
          await registry.client.deleteManifest('team/app', deleted.manifest.digest);
          await registry.collect();
          await registry.client.pushImage('team/app', smallImage(), 'pushed');
        };
        await scheduler.waitFor(
          Promise.all([verifying(), scheduler.schedule(Promise.resolve(), 'others').then(others)]),
        );
        expect(findings).toEqual([]);
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});
