import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import type { BlobBody } from './blob-store.ts';

/** Bytes that were to be copied are not what their name says. */
export class ContentCorruptError extends Error {
  readonly digest: Digest;

  constructor(digest: Digest) {
    super(`the bytes of ${digest} are not what its digest says`);
    this.name = new.target.name;
    this.digest = digest;
  }
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
  /** As `onBytes`; waits where reading has to be slow. */
  readonly pace?: (bytes: number) => Promise<void>;
}

/**
 * The bytes of a body, hashed on their way.
 *
 * @throws {ContentCorruptError} at the end: they were something else.
 */
export async function* verified(
  body: BlobBody,
  expected: { readonly digest: Digest; readonly size: number },
  options: ReadOptions,
): AsyncGenerator<Uint8Array, void> {
  const hash = new Bun.CryptoHasher(algorithmOf(expected.digest));
  let size = 0;
  for await (const piece of streamOf(body)) {
    options.signal.throwIfAborted();
    hash.update(piece);
    size += piece.byteLength;
    options.onBytes?.(piece.byteLength);
    await options.pace?.(piece.byteLength);
    yield piece;
  }
  if (size !== expected.size || hash.digest('hex') !== encodedOf(expected.digest)) {
    throw new ContentCorruptError(expected.digest);
  }
}

/** Reads it to its end. @throws {ContentCorruptError} */
export async function checkContent(...args: Parameters<typeof verified>): Promise<void> {
  for await (const _ of verified(...args));
}

export function streamOf(body: BlobBody): ReadableStream<Uint8Array> {
  return body instanceof Blob ? body.stream() : body;
}
