import { algorithmOf, encodedOf, type Digest } from './digest.ts';

/** The longest part of a digest that such a tag has: more would be too long for a tag. */
const ENCODED_CHARACTERS = 64;

const DIGEST_TAG = /^(?<beginning>sha(?:256|512)-[0-9a-f]{64})(?:\.[a-z]+)?$/;

/**
 * How tags begin that tools make for a manifest: `sha256-<hex>` lists its referrers for registries that cannot
 * (distribution-spec v1.1 §Referrers Tag Schema), `sha256-<hex>.sig` is what cosign signed it with.
 */
export function digestTagBeginning(subject: Digest): string {
  return `${algorithmOf(subject)}-${encodedOf(subject).slice(0, ENCODED_CHARACTERS)}`;
}

/** Of such a tag: the {@link digestTagBeginning} of the manifest it is about. `undefined` for a tag made for people. */
export function beginningOfDigestTag(tag: string): string | undefined {
  return DIGEST_TAG.exec(tag)?.groups?.['beginning'];
}
