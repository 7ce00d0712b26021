import { expect } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { newUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { BlobStore, StoredContent, UploadStore } from '../blob-store.ts';

export type UploadingStore = BlobStore & UploadStore;

export async function opened(open: () => Promise<UploadingStore>): Promise<{ store: UploadingStore; id: UploadId }> {
  const store = await open();
  const id = newUploadId();
  await store.create(id);
  return { store, id };
}

export async function expectContent(
  store: BlobStore,
  content: StoredContent | undefined,
  bytes: Uint8Array,
  digest: Digest = digestOf(bytes),
): Promise<void> {
  if (content === undefined) throw new Error('nothing was stored');
  expect({ digest: content.digest, size: content.size }).toEqual({ digest, size: bytes.byteLength });
  const read = await new Response(await store.read(content.key, content.size)).bytes();
  expect(digestOf(read)).toBe(digestOf(bytes));
}

export async function idle(store: UploadStore, idleSeconds: number): Promise<UploadId[]> {
  const ids: UploadId[] = [];
  for await (const id of store.listIdle(idleSeconds)) ids.push(id);
  return ids;
}
