import type { Digest } from '../oci/digest.ts';
import type { ForeignContent } from '../storage/blob-store.ts';

/** Content by digest, as it lies somewhere else. Nobody has verified it. */
export interface ForeignBlobs {
  /** In bytes; `undefined` when it is absent. */
  size(digest: Digest): Promise<number | undefined>;

  /**
   * The whole of something small, such as a manifest; `undefined` when it is absent.
   *
   * @throws {ForeignFaultError} larger than `maxBytes`, or not to be read.
   */
  read(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined>;

  stream(digest: Digest): ReadableStream<Uint8Array>;

  /** As a store may adopt it; `undefined` where it has to be sent. */
  content(digest: Digest): ForeignContent | undefined;
}

/** Something is wrong with one item of a source, and with nothing else. The message is the end of a sentence. */
export class ForeignFaultError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
