import type { ByteRange } from '../../oci/byte-range.ts';
import { algorithmOf, digestOf, type Digest } from '../../oci/digest.ts';
import { ContentMissingError, DigestInvalidError, UploadOffsetError, UploadUnknownError } from '../../oci/errors.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type {
  AppendOptions,
  BlobStore,
  ListedContent,
  ListingStore,
  StorageKey,
  StorageUsage,
  StoredContent,
  UploadStore,
} from '../blob-store.ts';
import { readChunk } from '../read-chunk.ts';

interface Upload {
  readonly received: Blob;
  readonly lastReceived: number;
}

interface Copy {
  readonly content: Blob;
  readonly committed: number;
}

/** For tests of what stands on a store: everything is in memory and gone with the process. */
export class MemoryStore implements BlobStore, UploadStore, ListingStore {
  readonly #uploads = new Map<UploadId, Upload>();
  readonly #copies = new Map<StorageKey, Copy>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  async size(key: StorageKey): Promise<number | undefined> {
    return this.#copies.get(key)?.content.size;
  }

  read(key: StorageKey, sizeBytes: number, range?: ByteRange): Blob {
    const content = this.#copies.get(key)?.content;
    if (content?.size !== sizeBytes) throw new ContentMissingError(key);
    return range === undefined ? content : content.slice(range.first, range.last + 1);
  }

  async delete(key: StorageKey): Promise<void> {
    this.#copies.delete(key);
  }

  async *listKeys(): AsyncIterable<ListedContent> {
    for (const [key, { content, committed }] of this.#copies) {
      yield { key, size: content.size, ageSeconds: (this.#now().getTime() - committed) / 1000 };
    }
  }

  async usage(): Promise<StorageUsage> {
    let bytes = 0;
    for (const { content } of this.#copies.values()) bytes += content.size;
    return { bytes, files: this.#copies.size };
  }

  async create(id: UploadId): Promise<void> {
    this.#keep(id, new Blob());
  }

  async offset(id: UploadId): Promise<number> {
    return this.#get(id).size;
  }

  async append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number> {
    const before = this.#get(id);
    if (options.at !== before.size) throw new UploadOffsetError(before.size);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    const end = await readChunk(chunk, options, (piece) => {
      pieces.push(new Uint8Array(piece));
      return undefined;
    });
    this.#get(id);
    const received = this.#keep(id, new Blob([before, ...pieces]));
    if (!end.complete) throw end.reason;
    return received.size;
  }

  async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const content = this.#get(id);
    if (digestOf(await content.bytes(), algorithmOf(digest)) !== digest) {
      throw new DigestInvalidError('what was received has another digest', digest);
    }
    const key = `${digest}.${id}` as StorageKey;
    this.#copies.set(key, { content, committed: this.#now().getTime() });
    this.#uploads.delete(id);
    return { key, digest, size: content.size };
  }

  async abort(id: UploadId): Promise<void> {
    this.#uploads.delete(id);
  }

  async *listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    const before = this.#now().getTime() - idleSeconds * 1000;
    for (const [id, { lastReceived }] of this.#uploads) if (lastReceived <= before) yield id;
  }

  #get(id: UploadId): Blob {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new UploadUnknownError(id);
    return upload.received;
  }

  #keep(id: UploadId, received: Blob): Blob {
    this.#uploads.set(id, { received, lastReceived: this.#now().getTime() });
    return received;
  }
}
