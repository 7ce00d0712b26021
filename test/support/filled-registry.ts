import { findBlob, saveBlob } from '../../src/metadata/blobs.ts';
import type { Database } from '../../src/metadata/database.ts';
import { saveLink } from '../../src/metadata/links.ts';
import { saveEdges } from '../../src/metadata/manifest-edges.ts';
import { saveManifest } from '../../src/metadata/manifests.ts';
import { ensureRepository } from '../../src/metadata/repositories.ts';
import { saveTag } from '../../src/metadata/tags.ts';
import { digestOf, type Digest } from '../../src/oci/digest.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';
import { parseTag } from '../../src/oci/tag.ts';
import { newUploadId } from '../../src/oci/upload-id.ts';
import type { StorageKey, Store } from '../../src/storage/blob-store.ts';
import { openFilesystemStore } from '../../src/storage/filesystem/filesystem-store.ts';
import { memoryFolder, removeFolder } from './folders.ts';
import { imageOf, randomBlob, type Content, type Image } from './image.ts';
import { openTestDatabase } from './test-database.ts';

/** Facts and bytes of a registry, filled by hand, for what works on them as they lie. */
export interface FilledRegistry {
  readonly folder: string;
  readonly db: Database;
  readonly store: Store;
  /** As a push would leave it; blobs that are recorded are not sent. */
  pushImage(repository: string, image: Image, tag?: string): Promise<void>;
  /** Another copy, where it is recorded already. */
  pushBlob(repository: string, blob: Content): Promise<StorageKey>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param folder that is the caller's. Default: a new one, which is removed at the end. */
export async function openFilledRegistry(folder?: string): Promise<FilledRegistry> {
  const own = folder ?? memoryFolder('filled');
  const db = await openTestDatabase(own);
  const store = await openFilesystemStore({ folder: own });
  const pushBlob = (repository: string, blob: Content): Promise<StorageKey> => saveContent(db, store, repository, blob);
  return {
    folder: own,
    db,
    store,
    pushBlob,
    pushImage: async (repository, image, tag) => {
      for (const blob of image.blobs) {
        if ((await findBlob(db, blob.digest as Digest)) === undefined) await pushBlob(repository, blob); // made by digestOf
      }
      await saveImage(db, repository, image, tag);
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await db.close();
      if (folder === undefined) removeFolder(own);
    },
  };
}

/** An image of some random layers. */
export function smallImage(layers = 2, sizeBytes = 10_000): Image {
  return imageOf(Array.from({ length: layers }, () => randomBlob(sizeBytes)));
}

async function saveContent(db: Database, store: Store, repository: string, blob: Content): Promise<StorageKey> {
  const id = newUploadId();
  await store.create(id);
  const body = new Blob([new Uint8Array(blob.bytes)]).stream();
  await store.append(id, body, { at: 0, signal: new AbortController().signal });
  const { key, digest, size } = await store.commit(id, blob.digest as Digest); // made by digestOf
  await db.transaction(async (tx) => {
    const repositoryId = await ensureRepository(tx, parseRepositoryName(repository), new Date());
    await saveBlob(tx, { digest, size, storageKey: key }, new Date());
    await saveLink(tx, { repositoryId, digest }, new Date());
  });
  return key;
}

async function saveImage(db: Database, repository: string, { manifest, blobs }: Image, tag?: string): Promise<void> {
  await db.transaction(async (tx) => {
    const repositoryId = await ensureRepository(tx, parseRepositoryName(repository), new Date());
    const digest = digestOf(manifest.bytes);
    const row = {
      repositoryId,
      digest,
      mediaType: manifest.mediaType,
      size: manifest.bytes.byteLength,
      artifactType: null,
      subject: null,
      annotations: null,
      depth: 0,
      expiresAt: null,
    };
    await saveManifest(tx, row, manifest.bytes, new Date());
    const edges = blobs.map((blob) => ({ kind: 'blob' as const, digest: blob.digest as Digest })); // made by digestOf
    await saveEdges(tx, repositoryId, digest, edges);
    if (tag !== undefined) await saveTag(tx, { repositoryId, tag: parseTag(tag), digest }, new Date());
  });
}
