import { expect, it } from 'bun:test';
import { join } from 'node:path';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openFilledRegistry, smallImage, type FilledRegistry } from '../../test/support/filled-registry.ts';
import { memoryFolder, removeFolder } from '../../test/support/folders.ts';
import { Leases } from '../jobs/leases.ts';
import { findLinkedBlob } from '../metadata/links.ts';
import { sqliteFiles } from '../metadata/sqlite/facts-files.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { Deletions } from '../registry/deletions.ts';
import { ManifestCache } from '../registry/manifest-cache.ts';
import { Rules } from '../registry/rules/rules.ts';
import { Trash } from '../registry/trash.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { backUp } from './backup.ts';
import { FolderPlace } from './folder-place.ts';
import { restore } from './restore.ts';

const cache = new ManifestCache(0);
const now = (): Date => new Date(Date.now() + 10_000_000);

function deletionsOf({ db }: FilledRegistry): Deletions {
  return new Deletions({ db, cache, rules: new Rules({ db }), graceSeconds: 0, now });
}

it('what only the trash keeps is in a backup, and can be restored from the trash of the copy', async () => {
  const folder = memoryFolder('trash-backup');
  try {
    await using registry = await openFilledRegistry();
    const [image, whole] = [smallImage(), smallImage()];
    const [app, team] = [parseRepositoryName('team/app'), parseRepositoryName('team/whole')];
    await registry.pushImage(app, image, 'v1');
    await registry.pushImage(team, whole, 'v1');
    await deletionsOf(registry).deleteManifest(app, parseDigest(image.manifest.digest), SOMEBODY);
    await deletionsOf(registry).deleteRepository(team, SOMEBODY);

    const common = { signal: new AbortController().signal, onProgress: () => undefined };
    const place = new FolderPlace(join(folder, 'backups'));
    const leases = new Leases({ db: registry.db, node: 'test', now: () => new Date() });
    const scratch = join(folder, 'scratch');
    const { db, store } = registry;
    const parts = { db, store, leases, version: '1.2.3', now: () => new Date(), files: sqliteFiles, scratch };
    await backUp(parts, place, { keep: undefined, verify: false, ...common });

    await using copy = await openFilledRegistry();
    await restore({ to: copy, now: () => new Date(), files: sqliteFiles, scratch }, place, {
      snapshot: undefined,
      ...common,
    });
    const trash = new Trash({ db: copy.db, cache, now });
    await trash.restore({ repository: app, digest: parseDigest(image.manifest.digest) }, SOMEBODY);
    await trash.restore({ repository: team }, SOMEBODY);
    for (const [repository, { blobs }] of [
      [app, image],
      [team, whole],
    ] as const) {
      for (const blob of blobs) {
        const row = await findLinkedBlob(copy.db, repository, parseDigest(blob.digest));
        expect(await copy.store.size((row?.storageKey ?? '') as StorageKey)).toBeDefined();
      }
    }
  } finally {
    removeFolder(folder);
  }
});
