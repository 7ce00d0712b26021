import { expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { listForgottenBlobs, saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { StorageUnavailableError } from '../oci/errors.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import { sweepForgotten } from './sweep.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

it('frees what can be freed beside what may not be deleted, and says that something was not', async () => {
  const folder = temporaryFolder('sweep');
  const db = await openTestDatabase(folder);
  const keys = Array.from({ length: 450 }, (_, i) => `${i % 3 === 0 ? '/elsewhere' : 'blobs'}/${i}`);
  await db.transaction(async (tx) => {
    for (const storageKey of keys) await saveForgottenBlob(tx, { storageKey, size: 1 }, NOW);
  });
  const refusal = new StorageUnavailableError();
  const store: BlobStore = {
    size: async () => 1,
    read: () => new Blob(),
    delete: async (key) => {
      if (key.startsWith('/')) throw refusal;
    },
  };
  const sweep = Array.fromAsync(sweepForgotten({ db, store, now: () => NOW }));
  expect(await sweep.catch((error: unknown) => error)).toBe(refusal);
  const left = await listForgottenBlobs(db, NOW, '', 1000);
  expect(left.map(({ storageKey }) => storageKey)).toEqual(keys.filter((key) => key.startsWith('/')).toSorted());
  await db.close();
  removeFolder(folder);
});
