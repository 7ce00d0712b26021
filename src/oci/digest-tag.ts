import { algorithmOf, encodedOf, type Digest } from './digest.ts';
import { isTag, type Tag } from './tag.ts';

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

/** What cosign before 3 names its signatures, attestations and lists of parts, beside the image they are about. */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'];

/** The tags by which older tools say that a manifest is about another: `sha256-<hex>.sig`. One of SHA-512 is too long. */
export function cosignTags(subject: Digest): readonly Tag[] {
  return COSIGN_SUFFIXES.map((suffix) => `${algorithmOf(subject)}-${encodedOf(subject)}.${suffix}`).filter(isTag);
}
