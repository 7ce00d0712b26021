import type { Digest } from '../oci/digest.ts';
import type { ByteRange } from '../oci/byte-range.ts';
import type { UploadId } from '../oci/upload-id.ts';

declare const storageKeyBrand: unique symbol;
/**
 * Where a store keeps one copy of some content. Chosen by the store, recorded with the blob's row,
 * meaningless to everybody else. Two uploads of one digest have two keys, so that sweeping an old
 * copy can never remove a newer one.
 */
export type StorageKey = string & { readonly [storageKeyBrand]: true };

/** A file slice where the store can give one (the kernel then copies it to the socket), else a stream. */
export type BlobBody = Blob | ReadableStream<Uint8Array>;

/** Content that was verified when it came in. It knows no repositories: who may see it is a fact of `metadata/`. */
export interface BlobStore {
  /** Size in bytes, or `undefined` when absent. */
  size(key: StorageKey): Promise<number | undefined>;

  /**
   * @param sizeBytes the recorded size of the content, so that no store has to look it up first.
   * @throws {ContentMissingError} absent: metadata promised content that storage lost.
   */
  read(key: StorageKey, sizeBytes: number, range?: ByteRange): BlobBody | Promise<BlobBody>;

  /** Removing what is already gone succeeds: garbage collection retries. */
  delete(key: StorageKey): Promise<void>;
}

export interface AppendOptions {
  /** Where the chunk starts, in bytes. */
  readonly at: number;
  /** The number of bytes announced; fewer or more is a `SizeInvalidError`, and the chunk is rolled back. */
  readonly exactBytes?: number;
  /** The largest size the whole upload may reach, in bytes; beyond it, `UploadTooLargeError`, and the chunk is rolled back. */
  readonly maxBytes?: number;
  /** Aborting stops reading. What arrived is kept, so that the client can resume. */
  readonly signal: AbortSignal;
}

/** Verified, durable content: what metadata may now name. */
export interface StoredContent {
  readonly key: StorageKey;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** Bytes on their way in. Nothing here is visible to a pull before `commit` returns and metadata names it. */
export interface UploadStore {
  /** Opens an empty upload. It survives a restart of the process. */
  create(id: UploadId): Promise<void>;

  /**
   * Bytes received so far; also after a restart.
   *
   * @throws {UploadUnknownError} never created, expired, committed or aborted.
   */
  offset(id: UploadId): Promise<number>;

  /**
   * Appends one chunk and resolves to the new offset, in bytes. The caller never runs two at once on one upload.
   * When the client goes away or `signal` aborts, what arrived is kept and the error rises.
   *
   * @throws {UploadOffsetError} `at` is not the current offset.
   * @throws {SizeInvalidError} more or fewer bytes than `exactBytes`.
   * @throws {UploadTooLargeError} beyond `maxBytes`.
   * @throws {StorageFullError} no space left; the chunk is rolled back.
   * @throws {UploadUnknownError}
   */
  append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number>;

  /**
   * Verifies what was received and, only if it is `digest`, makes it durable. The upload is then gone.
   *
   * @throws {DigestInvalidError} the content is something else; the upload is kept.
   * @throws {UploadUnknownError}
   */
  commit(id: UploadId, digest: Digest): Promise<StoredContent>;

  /** Aborting what is already gone succeeds. */
  abort(id: UploadId): Promise<void>;

  /**
   * The uploads that received nothing for `idleSeconds`, for the job that expires them.
   */
  listIdle(idleSeconds: number): AsyncIterable<UploadId>;
}
