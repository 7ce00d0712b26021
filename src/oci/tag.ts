import { algorithmOf, type Digest, encodedOf } from './digest.ts';
import { TagInvalidError } from './errors.ts';

declare const tagBrand: unique symbol;
/** A mutable, human pointer to a manifest, already checked. Case matters. */
export type Tag = string & { readonly [tagBrand]: true };

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/**
 * @throws {TagInvalidError}
 * @see distribution-spec v1.1.1 §Pulling manifests, `<reference>` as a tag
 */
export function parseTag(text: string): Tag {
  if (!TAG.test(text)) throw new TagInvalidError(text);
  return text as Tag;
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/**
 * The tag under which clients keep the referrers of `subject` on a registry without the referrers API.
 *
 * @see distribution-spec v1.1.1 §Referrers Tag Schema: the encoded part is cut at 64 characters
 */
export function referrersTag(subject: Digest): Tag {
  return `${algorithmOf(subject)}-${encodedOf(subject).slice(0, 64)}` as Tag;
}
