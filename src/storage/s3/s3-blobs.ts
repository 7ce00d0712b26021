import type { ByteRange } from '../../oci/byte-range.ts';
import { ContentMissingError } from '../../oci/errors.ts';
import type { BlobBody, BlobStore, ListedContent, ListingStore, StorageKey, StorageUsage } from '../blob-store.ts';
import type { Bucket } from './bucket.ts';
import { BLOBS, storageKeyOf, uploadOf } from './layout.ts';

/** Up to here content is read before any of it is sent on: only then can the HTTP server say how long it is. In bytes. */
const SMALL_BYTES = 1024 * 1024;
/** What may be read at once in this way, in bytes; beyond, small content is streamed as well. */
const SMALL_READS_BYTES = 32 * 1024 * 1024;
/** Other nodes come and go with content, too: how long our own sums are good for, in milliseconds. */
const USAGE_MILLISECONDS = 60 * 60 * 1000;

/** Committed content: `blobs/` of the bucket. */
export class S3Blobs implements BlobStore, ListingStore {
  readonly #bucket: Bucket;
  #readingBytes = 0;
  #usage: { bytes: number; files: number; readonly counted: number } | undefined;
  #counting: Promise<void> | undefined;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async size(key: StorageKey): Promise<number | undefined> {
    return (await this.#bucket.head(key))?.size;
  }

  async read(key: StorageKey, sizeBytes: number, range?: ByteRange): Promise<BlobBody> {
    const { size, stream } = await this.#bucket.open(key, { range });
    if (size !== sizeBytes) {
      await stream.cancel();
      throw new ContentMissingError(key);
    }
    const lengthBytes = range === undefined ? sizeBytes : range.last - range.first + 1;
    if (lengthBytes > SMALL_BYTES || this.#readingBytes + lengthBytes > SMALL_READS_BYTES) return stream;
    this.#readingBytes += lengthBytes;
    try {
      return await new Response(stream).blob();
    } finally {
      this.#readingBytes -= lengthBytes;
    }
  }

  async delete(key: StorageKey): Promise<void> {
    // One more request, and only where somebody asked for the sums.
    const size = this.#usage === undefined ? undefined : await this.size(key);
    await this.#bucket.delete(key);
    if (size !== undefined) this.count(-1, -size);
  }

  async *listKeys(): AsyncIterable<ListedContent> {
    for await (const { key, size, modified } of this.#bucket.list(BLOBS)) {
      const upload = uploadOf(key);
      // Not a key that we make, such as one of a backup with the same prefix: not ours to sweep.
      if (upload === undefined) continue;
      const ageSeconds = (Date.now() - (modified?.getTime() ?? Date.now())) / 1000;
      yield { key: storageKeyOf(key), size, ageSeconds, upload };
    }
  }

  /** Counted by a walk, and then by what this node does; once an hour by a walk again, in the background. */
  async usage(): Promise<StorageUsage> {
    if (this.#usage === undefined) await this.#recount();
    else if (performance.now() - this.#usage.counted > USAGE_MILLISECONDS) this.#recount().catch(() => {});
    const { bytes, files } = this.#usage ?? { bytes: 0, files: 0 };
    return { bytes, files };
  }

  /** What a commit or a deletion changed. */
  count(files: number, bytes: number): void {
    if (this.#usage === undefined) return;
    this.#usage.files += files;
    this.#usage.bytes += bytes;
  }

  #recount(): Promise<void> {
    this.#counting ??= this.#walk().finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  async #walk(): Promise<void> {
    const usage = { bytes: 0, files: 0, counted: performance.now() };
    for await (const { size } of this.#bucket.list(BLOBS)) {
      usage.bytes += size;
      usage.files += 1;
    }
    this.#usage = usage;
  }
}
