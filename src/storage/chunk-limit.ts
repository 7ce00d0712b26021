import { SizeInvalidError, UploadTooLargeError } from '../oci/errors.ts';
import type { AppendOptions } from './blob-store.ts';

/** How many bytes one append may take, told by its options. Every backend counts with it. */
export class ChunkLimit {
  readonly #at: number;
  readonly #exactBytes: number | undefined;
  readonly #maxBytes: number | undefined;

  /** @throws {UploadTooLargeError} what is announced is already too much: nothing needs to be read. */
  constructor({ at, exactBytes, maxBytes }: AppendOptions) {
    this.#at = at;
    this.#exactBytes = exactBytes;
    this.#maxBytes = maxBytes;
    this.#checkMaximum(exactBytes ?? 0);
  }

  /** Before bytes are taken, with the number received when they are. */
  check(receivedBytes: number): void {
    if (this.#exactBytes !== undefined && receivedBytes > this.#exactBytes) throw this.#wrongSize(receivedBytes);
    this.#checkMaximum(receivedBytes);
  }

  /** When the chunk ended by itself; one that was cut off may be short, because the client can resume. */
  checkEnd(receivedBytes: number): void {
    if (this.#exactBytes !== undefined && receivedBytes !== this.#exactBytes) throw this.#wrongSize(receivedBytes);
  }

  #checkMaximum(bytes: number): void {
    if (this.#maxBytes !== undefined && this.#at + bytes > this.#maxBytes)
      throw new UploadTooLargeError(this.#maxBytes);
  }

  #wrongSize(receivedBytes: number): SizeInvalidError {
    const announcedBytes = this.#exactBytes ?? 0;
    return new SizeInvalidError('the chunk is not as long as announced', { announcedBytes, receivedBytes });
  }
}
