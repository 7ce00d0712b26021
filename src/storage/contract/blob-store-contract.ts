import { describe, expect, it } from 'bun:test';
import { digestOf } from '../../oci/digest.ts';
import { ContentMissingError } from '../../oci/errors.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import type { BlobStore, ListedContent, ListingStore, StorageKey, StoredContent, UploadStore } from '../blob-store.ts';
import { bytesOf, failureOf, send } from './upload-client.ts';

type Store = BlobStore & UploadStore & ListingStore;

/** What every backend must do with committed content. A new one is done when this passes, unchanged. */
export function blobStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} as a blob store`, () => {
    it('gives back what was committed, byte for byte', async () => {
      const store = await open();
      const bytes = bytesOf(300_000);
      const { key, size } = await put(store, bytes);

      expect(size).toBe(300_000);
      expect(await store.size(key)).toBe(300_000);
      expect(await readAll(store, key, 300_000)).toEqual(bytes);
    });

    it('keeps an empty blob', async () => {
      const store = await open();
      const { key, size } = await put(store, new Uint8Array());

      expect(size).toBe(0);
      expect(await store.size(key)).toBe(0);
      expect(await readAll(store, key, 0)).toEqual(new Uint8Array());
    });

    describe('reads ranges of 10 bytes', () => {
      const cases = [
        ['the first', { first: 0, last: 0 }, 'a'],
        ['in the middle', { first: 3, last: 5 }, 'def'],
        ['to the end', { first: 7, last: 9 }, 'hij'],
        ['all', { first: 0, last: 9 }, 'abcdefghij'],
      ] as const;

      for (const [which, range, expected] of cases) {
        it(which, async () => {
          const store = await open();
          const { key } = await put(store, new TextEncoder().encode('abcdefghij'));
          expect(await new Response(await store.read(key, 10, range)).text()).toBe(expected);
        });
      }
    });

    it('says so, before the first byte, when content was lost', async () => {
      const store = await open();
      const { key, size } = await put(store, bytesOf(10));
      await store.delete(key);

      expect(await failureOf((async () => await store.read(key, size))())).toBeInstanceOf(ContentMissingError);
      expect(await failureOf((async () => await store.read(key, size, { first: 2, last: 3 }))())).toBeInstanceOf(
        ContentMissingError,
      );
    });

    it('says so when the content is not as long as recorded', async () => {
      const store = await open();
      const { key } = await put(store, bytesOf(10));

      expect(await failureOf((async () => await store.read(key, 11))())).toBeInstanceOf(ContentMissingError);
    });

    it('removes content, and what is already gone', async () => {
      const store = await open();
      const { key } = await put(store, bytesOf(10));

      await store.delete(key);
      expect(await store.size(key)).toBeUndefined();
      await store.delete(key);
    });

    it('keeps the other copy of a digest when one is removed', async () => {
      const store = await open();
      const bytes = bytesOf(10);
      const [one, other] = [await put(store, bytes), await put(store, bytes)];
      expect(one.key).not.toBe(other.key);

      await store.delete(one.key);
      expect(await readAll(store, other.key, 10)).toEqual(bytes);
    });

    it('lists every copy with its size and age, and no upload in flight', async () => {
      const store = await open();
      const committed = [await put(store, bytesOf(10)), await put(store, bytesOf(20))];
      const id = newUploadId();
      await store.create(id);
      await send(store, id, [bytesOf(5)]);

      const listed: ListedContent[] = [];
      for await (const content of store.listKeys()) listed.push(content);
      const sizes = Object.fromEntries(listed.map(({ key, size }) => [key, size]));
      expect(sizes).toEqual(Object.fromEntries(committed.map(({ key, size }) => [key, size])));
      expect(listed.every(({ ageSeconds }) => ageSeconds < 60)).toBe(true);
    });

    it('counts what it holds, as it comes and goes', async () => {
      const store = await open();
      await put(store, bytesOf(10));
      expect(await store.usage()).toEqual({ bytes: 10, files: 1 });

      const { key } = await put(store, bytesOf(20));
      expect(await store.usage()).toEqual({ bytes: 30, files: 2 });

      await store.delete(key);
      expect(await store.usage()).toEqual({ bytes: 10, files: 1 });
    });
  });
}

async function put(store: UploadStore, bytes: Uint8Array): Promise<StoredContent> {
  const id = newUploadId();
  await store.create(id);
  await send(store, id, [bytes]);
  return await store.commit(id, digestOf(bytes));
}

async function readAll(store: BlobStore, key: StorageKey, sizeBytes: number): Promise<Uint8Array> {
  return await new Response(await store.read(key, sizeBytes)).bytes();
}
