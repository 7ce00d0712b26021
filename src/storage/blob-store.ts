import type { ByteRange } from '../oci/byte-range.ts';
import type { Digest, DigestAlgorithm } from '../oci/digest.ts';
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
  /**
   * Size in bytes, or `undefined` when absent.
   *
   * @throws {StorageUnavailableError} nothing can be said of what is absent: the store itself is not there.
   */
  size(key: StorageKey): Promise<number | undefined>;

  /**
   * The content, or the part of it that `range` names. Not a promise where the store can answer at once: this is the
   * hottest path of a pull.
   *
   * @param sizeBytes the recorded size of the content, so that no store has to look it up first.
   * @throws {ContentMissingError} absent, or of another size: metadata promised content that storage lost. Raised
   *   before the first byte, so that the client is never told 200 first.
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
  /**
   * Called at each piece that arrives, with its size, for whoever counts and cuts clients that stall; with 0 now and then
   * while the client can only wait. It must be quick.
   */
  readonly onProgress?: ((pieceBytes: number) => void) | undefined;
}

/** Verified, durable content: what metadata may now name. */
export interface StoredContent {
  readonly key: StorageKey;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/**
 * Bytes on their way in. Nothing here is visible to a pull before `commit` returns and metadata names it.
 *
 * Every method may also throw `StorageUnavailableError` (the folder is gone, read-only or failing); the next call
 * tries again, so a store heals without a restart.
 */
export interface UploadStore {
  /**
   * Opens an empty upload. It survives a restart of the process.
   *
   * @param algorithm what to hash with while receiving. Only a hint: `commit` accepts a digest of any algorithm, and
   *   reads the bytes back where the hint was wrong. Default sha256.
   */
  create(id: UploadId, algorithm?: DigestAlgorithm): Promise<void>;

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
   * The pieces of `chunk` are taken over: once written, their buffers are detached to free the memory at once. Whoever
   * needs the bytes as well, as with a `tee`, hands over copies.
   *
   * @throws {UploadOffsetError} `at` is not the current offset.
   * @throws {SizeInvalidError} more or fewer bytes than `exactBytes`.
   * @throws {UploadTooLargeError} beyond `maxBytes`.
   * @throws {StorageFullError} no space left; the chunk is rolled back.
   * @throws {UploadUnknownError} also when it was aborted meanwhile.
   */
  append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number>;

  /**
   * Verifies what was received and, only if it is `digest`, makes it durable. The upload is then gone.
   *
   * @throws {DigestInvalidError} the content is something else; the upload is kept.
   * @throws {StorageFullError} the bytes could not be made durable; the upload is gone, because what a failed flush
   *   left behind cannot be trusted.
   * @throws {UploadUnknownError}
   */
  commit(id: UploadId, digest: Digest): Promise<StoredContent>;

  /**
   * Aborting what is already gone succeeds.
   *
   * @param lastNote what the store noted last, where notes are kept: the session and its note are gone already, so that
   *   no node can begin anything with it. What was committed stays: whoever aborts may not know that it was.
   */
  abort(id: UploadId, lastNote?: string): Promise<void>;

  /** The uploads that received nothing for `idleSeconds`, for the job that expires them. */
  listIdle(idleSeconds: number): AsyncIterable<UploadId>;
}

/** One copy of some content, as garbage collection sees it. */
export interface ListedContent extends NamedCopy {
  /** In bytes. */
  readonly size: number;
  /** Since it was committed. A copy younger than a commit may take is about to be named by metadata: leave it. */
  readonly ageSeconds: number;
}

/** A copy, by what its key says. */
export interface NamedCopy {
  readonly key: StorageKey;
  /** Whose it is, where the key says so: as long as that session is open, a node may be about to name the copy. */
  readonly upload?: UploadId;
}

export interface StorageUsage {
  /** Of committed content. */
  readonly bytes: number;
  /** Copies of content; two copies of one digest count twice. */
  readonly files: number;
}

/** For garbage collection and metrics. Never used to answer a registry client. */
export interface ListingStore {
  /**
   * Every copy, in no order. What comes and goes meanwhile may or may not be listed. A crash between `commit` and the
   * row that names the content leaves a copy that only this can find.
   *
   * @param wanted which of some hundred copies are asked for: a store that has to look at each for its size and age need
   *   not look at the others. It may list them all the same.
   */
  listKeys(wanted?: (copies: readonly NamedCopy[]) => Promise<readonly NamedCopy[]>): AsyncIterable<ListedContent>;

  /** The first call may have to walk the store, and so take seconds on a large one; later calls are free. */
  usage(): Promise<StorageUsage>;
}

/** How a reader gets content from where it lies, without us in between. */
export interface DirectReads {
  /**
   * A URL that anybody may read the content by, for `seconds`. Made without asking the store.
   *
   * @param contentType what the reply shall say it is.
   */
  temporaryUrl(
    key: StorageKey,
    options: { readonly seconds: number; readonly contentType: string },
  ): string | Promise<string>;
}

/** Content that lies elsewhere, verified by nobody yet. */
export type ForeignContent =
  /** A file on a disk of this machine. */
  | { readonly kind: 'file'; readonly path: string }
  /** An object in a bucket that the store's own credentials can read. */
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string };

/** `linked`: one file under two names. `cloned`: shared by the file system until written. `in-place`: not moved at all. */
export type AdoptedBy = 'linked' | 'cloned' | 'copied' | 'in-place';

export interface AdoptedContent extends StoredContent {
  readonly by: AdoptedBy;
}

/** Takes over content that lies where it can be had for less than sending it. */
export interface Adoption {
  /**
   * @param expected its digest and its size in bytes.
   * @param isTrusted `true`: somebody just verified it, so that a link suffices; `false`: the bytes are read and compared.
   * @returns `undefined` when this store cannot take such content: send it as an upload.
   * @throws {DigestInvalidError} it is something else; nothing was kept.
   */
  adopt(
    content: ForeignContent,
    expected: { readonly digest: Digest; readonly size: number },
    isTrusted: boolean,
  ): Promise<AdoptedContent | undefined>;
}

/** The whole of a store, as it is opened from the configuration. */
export interface Store extends BlobStore, UploadStore, ListingStore {
  /** Absent where readers cannot be sent elsewhere. */
  readonly directReads?: DirectReads;
  readonly adoption?: Adoption;

  /** @throws {StorageUnavailableError} it would take no bytes now. For readiness. */
  check(): Promise<void>;

  close(): Promise<void>;
}
