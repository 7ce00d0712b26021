import type { ByteRange } from '../../oci/byte-range.ts';
import type { Digest, DigestAlgorithm } from '../../oci/digest.ts';
import { StorageUnavailableError } from '../../oci/errors.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type {
  Adoption,
  AppendOptions,
  BlobBody,
  DirectReads,
  ListedContent,
  StorageKey,
  StorageUsage,
  Store,
  StoredContent,
} from '../blob-store.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { UploadNotes } from '../upload-notes.ts';
import { openBucket, type Bucket } from './bucket.ts';
import { S3Adoption } from './s3-adoption.ts';
import { S3Blobs } from './s3-blobs.ts';
import type { S3ClientOptions, S3Location } from './s3-client.ts';
import { S3SetupError } from './s3-failure.ts';
import { S3Uploads } from './s3-uploads.ts';

export interface S3StoreOptions extends S3ClientOptions {
  readonly location: S3Location;
  /** What nodes tell each other of uploads. */
  readonly notes: UploadNotes;
  /** The size of each part of a large upload, in bytes; at least 5 MiB. */
  readonly partBytes?: number;
  /** For all uploads together, in bytes. */
  readonly memoryBytes?: number;
}

/** 10,000 of them are 156 GiB, the largest blob that we take. */
const PART_BYTES = 16 * 1024 * 1024;
/** Three parts of one upload, and a little of some others. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Blobs and uploads as objects of one bucket; what is where is drawn in `layout.ts`. */
export class S3Store implements Store {
  readonly directReads: DirectReads;
  readonly adoption: Adoption;
  readonly #bucket: Bucket;
  readonly #blobs: S3Blobs;
  readonly #uploads: S3Uploads;

  constructor(bucket: Bucket, { notes, partBytes = PART_BYTES, memoryBytes = MEMORY_BYTES }: S3StoreOptions) {
    this.#bucket = bucket;
    const blobs = new S3Blobs(bucket);
    const onCommit = (sizeBytes: number): void => blobs.count(1, sizeBytes);
    this.#blobs = blobs;
    this.#uploads = new S3Uploads({ bucket, notes, partBytes, memoryBytes, onCommit });
    this.directReads = { temporaryUrl: (key, options) => temporaryUrl(bucket, key, options) };
    this.adoption = new S3Adoption(bucket, onCommit);
  }

  size(key: StorageKey): Promise<number | undefined> {
    return this.#blobs.size(key);
  }

  read(key: StorageKey, sizeBytes: number, range?: ByteRange): Promise<BlobBody> {
    return this.#blobs.read(key, sizeBytes, range);
  }

  delete(key: StorageKey): Promise<void> {
    return this.#blobs.delete(key);
  }

  listKeys(): AsyncIterable<ListedContent> {
    return this.#blobs.listKeys();
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

  abort(id: UploadId, lastNote?: string): Promise<void> {
    return this.#uploads.abort(id, lastNote);
  }

  listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    return this.#uploads.listIdle(idleSeconds);
  }

  /** One list of one object: it takes no bytes, and finds a bucket or credentials that are gone. */
  async check(): Promise<void> {
    try {
      await this.#bucket.check();
    } catch (error) {
      throw new StorageUnavailableError(undefined, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#uploads.close();
    this.#bucket.close();
  }
}

/**
 * Where S3 cannot be reached now, the store begins without it, and heals when it comes back.
 *
 * @throws {S3SetupError} the bucket cannot be used as things are: its message says what to do.
 */
export async function openS3Store(options: S3StoreOptions & { readonly log: Logger }): Promise<S3Store> {
  const bucket = await openBucket(options.location, options);
  try {
    await bucket.check();
  } catch (error) {
    if (error instanceof S3SetupError) throw error;
    options.log.warn({ err: error, bucket: bucket.name }, 'S3 does not answer yet');
  }
  return new S3Store(bucket, options);
}

async function temporaryUrl(
  bucket: Bucket,
  key: StorageKey,
  { seconds, contentType }: { readonly seconds: number; readonly contentType: string },
): Promise<string> {
  const command = new bucket.sdk.GetObjectCommand({
    ...bucket.at(key),
    ResponseContentType: contentType,
    ResponseContentDisposition: 'attachment',
  });
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  return getSignedUrl(bucket.client, command, { expiresIn: seconds });
}
