import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ByteRange } from '../../oci/byte-range.ts';
import type { Digest, DigestAlgorithm } from '../../oci/digest.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type {
  AppendOptions,
  BlobBody,
  ListedContent,
  ListingStore,
  StorageKey,
  StorageUsage,
  Store,
  StoredContent,
  UploadStore,
} from '../blob-store.ts';
import type { UploadNotes } from '../upload-notes.ts';
import { BlobFiles } from './blob-files.ts';
import { DurableFolders } from './durable-folders.ts';
import { FileAdoption } from './file-adoption.ts';
import { Layout } from './layout.ts';
import { SharedUploads } from './shared-uploads.ts';
import { asStorageFailure } from './storage-failure.ts';
import { DiskThreads } from './threads/disk-threads.ts';
import { UploadFiles } from './upload-files.ts';

export interface FilesystemStoreOptions {
  /** Made when it is not there. Only one process may use it at a time, unless it is shared: see `lockFolder`. */
  readonly folder: string;
  /** Given: several processes share the folder, and tell each other of uploads by these. */
  readonly notes?: UploadNotes;
}

interface FilesystemStoreParts {
  readonly folder: string;
  readonly blobs: BlobFiles;
  readonly uploads: UploadStore;
  readonly adoption: FileAdoption;
  readonly threads: DiskThreads;
}

/** Blobs and uploads as files of one folder; what is where is drawn in `layout.ts`. */
export class FilesystemStore implements Store {
  readonly #blobs: BlobFiles;
  readonly #uploads: UploadStore;
  readonly #threads: DiskThreads;
  readonly #folder: string;
  readonly adoption: FileAdoption;

  constructor({ folder, blobs, uploads, adoption, threads }: FilesystemStoreParts) {
    this.#folder = folder;
    this.#blobs = blobs;
    this.#uploads = uploads;
    this.#threads = threads;
    this.adoption = adoption;
  }

  size(key: StorageKey): Promise<number | undefined> {
    return this.#blobs.size(key);
  }

  read(key: StorageKey, sizeBytes: number, range?: ByteRange): BlobBody {
    return this.#blobs.read(key, sizeBytes, range);
  }

  delete(key: StorageKey): Promise<void> {
    return this.#blobs.delete(key);
  }

  listKeys(...wanted: Parameters<ListingStore['listKeys']>): AsyncIterable<ListedContent> {
    return this.#blobs.listKeys(...wanted);
  }

  usage(): Promise<StorageUsage> {
    return this.#blobs.usage();
  }

  create(id: UploadId, algorithm?: DigestAlgorithm): Promise<void> {
    return this.#uploads.create(id, algorithm);
  }

  offset(id: UploadId): Promise<number> {
    return this.#uploads.offset(id);
  }

  append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number> {
    return this.#uploads.append(id, chunk, options);
  }

  commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    return this.#uploads.commit(id, digest);
  }

  abort(id: UploadId): Promise<void> {
    return this.#uploads.abort(id);
  }

  listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    return this.#uploads.listIdle(idleSeconds);
  }

  async check(): Promise<void> {
    await access(this.#folder, constants.R_OK | constants.W_OK).catch((error: unknown) => {
      throw asStorageFailure(error);
    });
  }

  /** Everything acknowledged is already durable; what is being received fails. */
  async close(): Promise<void> {
    this.#threads.close();
  }
}

/** @throws {StorageUnavailableError} the folder can be neither found nor made. */
export async function openFilesystemStore({ folder, notes }: FilesystemStoreOptions): Promise<FilesystemStore> {
  const layout = new Layout(resolve(folder));
  try {
    const folders = await DurableFolders.open(layout.folder);
    for (const part of ['blobs', 'uploads']) await folders.within(part, async () => {});
    const blobs = new BlobFiles(layout);
    const threads = new DiskThreads();
    const onCommit = (sizeBytes: number): void => blobs.count(1, sizeBytes);
    const parts = { layout, folders, threads, onCommit };
    const files = new UploadFiles(parts);
    const uploads = notes === undefined ? files : new SharedUploads(files, notes);
    return new FilesystemStore({ folder: layout.folder, blobs, uploads, adoption: new FileAdoption(parts), threads });
  } catch (error) {
    throw asStorageFailure(error);
  }
}
