import { type Digest, parseDigest } from './digest.ts';
import { parseTag, type Tag } from './tag.ts';

/** The last part of a manifest's URL. */
export type TagOrDigest = { readonly tag: Tag } | { readonly digest: Digest };

/**
 * No tag holds a colon, so one decides which of the two was meant.
 *
 * @throws {DigestInvalidError} with a colon, and not a digest.
 * @throws {TagInvalidError} without a colon, and not a tag.
 */
export function parseTagOrDigest(text: string): TagOrDigest {
  return text.includes(':') ? { digest: parseDigest(text) } : { tag: parseTag(text) };
}
