import { DigestInvalidError } from './errors.ts';

declare const digestBrand: unique symbol;
/** `algorithm:encoded`, already checked. Only {@link parseDigest} and {@link digestOf} make one. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms of image-spec v1.1 that we can compute. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Reads a digest from the wire.
 *
 * @throws {DigestInvalidError} unknown algorithm, wrong length, or anything but lowercase hex.
 * @see image-spec v1.1, descriptor.md §Digests
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new DigestInvalidError('not a supported digest', text);
  return text;
}

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** @throws {DigestInvalidError} not an algorithm we compute. */
export function parseDigestAlgorithm(text: string): DigestAlgorithm {
  if (text !== 'sha256' && text !== 'sha512') throw new DigestInvalidError('not a supported digest algorithm', text);
  return text;
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest('hex')}` as Digest;
}
