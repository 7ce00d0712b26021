import { parseDigest, type Digest, type DigestAlgorithm } from '../../oci/digest.ts';
import type { DiskThreads, FollowedHash } from './threads/disk-threads.ts';

/** Up to here the main thread hashes, in bytes: 0.3 ms, less than it costs to hand the work to another thread. */
export const SMALL_BYTES = 512 * 1024;

/** How far the file may grow before the hashing thread is told, in bytes. */
const ADVANCE_BYTES = 1024 * 1024;

/**
 * The digest of an upload, computed while it arrives. A small upload is hashed where it is received; the file of a larger
 * one is followed by a thread.
 */
export class RunningHash {
  readonly #path: string;
  readonly #algorithm: DigestAlgorithm;
  readonly #threads: DiskThreads;
  /** `undefined` once the upload is not small any more, or when this process did not see all of it. */
  #small: Bun.CryptoHasher | undefined;
  #followed: FollowedHash | undefined;
  #toldBytes = 0;

  constructor(path: string, algorithm: DigestAlgorithm, threads: DiskThreads, sizeBytes = 0) {
    this.#path = path;
    this.#algorithm = algorithm;
    this.#threads = threads;
    this.#small = sizeBytes === 0 ? new Bun.CryptoHasher(algorithm) : undefined;
  }

  /** Bytes that are being written: all since the last call. `endBytes` is where the file will end with them. */
  receive(pieces: readonly Uint8Array[], endBytes: number): void {
    if (endBytes > SMALL_BYTES) this.#small = undefined;
    for (const piece of pieces) this.#small?.update(piece);
  }

  /** What was received is in the file, up to here. */
  written(endBytes: number): void {
    if (this.#small !== undefined || endBytes - this.#toldBytes < ADVANCE_BYTES) return;
    this.#followed ??= this.#threads.follow(this.#path, this.#algorithm);
    this.#followed.advance(endBytes);
    this.#toldBytes = endBytes;
  }

  /** Of the whole upload. May be asked again: for another algorithm, or after more bytes. */
  async digest(algorithm: DigestAlgorithm, sizeBytes: number): Promise<Digest> {
    return parseDigest(`${algorithm}:${await this.#hex(algorithm, sizeBytes)}`);
  }

  /** Forgets everything: bytes were taken back, or nobody will ask. If somebody does, the file is read again. */
  drop(): void {
    this.#small = undefined;
    this.#followed?.stop();
    this.#followed = undefined;
    this.#toldBytes = 0;
  }

  async #hex(algorithm: DigestAlgorithm, sizeBytes: number): Promise<string> {
    if (algorithm !== this.#algorithm) {
      const other = this.#threads.follow(this.#path, algorithm);
      return await other.digest(sizeBytes).finally(() => other.stop());
    }
    if (this.#small !== undefined) return this.#small.copy().digest('hex');
    this.#followed ??= this.#threads.follow(this.#path, algorithm);
    return await this.#followed.digest(sizeBytes);
  }
}
