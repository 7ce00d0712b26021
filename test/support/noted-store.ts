import type { DigestAlgorithm } from '../../src/oci/digest.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { UploadId } from '../../src/oci/upload-id.ts';
import type { ListedContent, StoredContent } from '../../src/storage/blob-store.ts';
import { MemoryUploadNotes } from '../../src/storage/memory/memory-upload-notes.ts';
import { openBucket, type Bucket } from '../../src/storage/s3/bucket.ts';
import { S3Store, type S3StoreOptions } from '../../src/storage/s3/s3-store.ts';

export type NotedStoreOptions = Omit<S3StoreOptions, 'notes'> & { readonly notes?: MemoryUploadNotes };

/**
 * A store in S3 with the part of the registry that it counts on: sessions are opened before and ended after, in the
 * order in which `registry/` and `gc/` do it.
 */
export class NotedStore extends S3Store {
  readonly options: NotedStoreOptions;
  readonly notes: MemoryUploadNotes;

  private constructor(bucket: Bucket, options: S3StoreOptions & { readonly notes: MemoryUploadNotes }) {
    super(bucket, options);
    this.options = options;
    this.notes = options.notes;
  }

  static async open(options: NotedStoreOptions): Promise<NotedStore> {
    const notes = options.notes ?? new MemoryUploadNotes();
    return new NotedStore(await openBucket(options.location, options), { ...options, notes });
  }

  /** What another node sees. */
  reopen(): Promise<NotedStore> {
    return NotedStore.open({ ...this.options, notes: this.notes });
  }

  override async create(id: UploadId, algorithm?: DigestAlgorithm): Promise<void> {
    this.notes.open(id);
    await super.create(id, algorithm);
  }

  override async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const content = await super.commit(id, digest);
    this.notes.end(id);
    return content;
  }

  override async abort(id: UploadId): Promise<void> {
    await super.abort(id, this.notes.end(id));
  }

  override async *listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    const ids = new Set(this.notes.idle(idleSeconds));
    for await (const id of super.listIdle(idleSeconds)) if (!this.notes.isOpen(id)) ids.add(id);
    yield* ids;
  }

  override async *listKeys(): AsyncIterable<ListedContent> {
    for await (const content of super.listKeys()) {
      if (content.upload === undefined || !this.notes.isOpen(content.upload)) yield content;
    }
  }
}
