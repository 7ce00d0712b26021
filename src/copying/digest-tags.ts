import type { RemoteRepository } from '../client/remote-repository.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import { isTag, type Tag } from '../oci/tag.ts';

/** What cosign before 3 names its signatures, attestations and lists of parts, beside the image they are about. */
const SUFFIXES = ['sig', 'att', 'sbom'];

/** The tags by which older tools say that a manifest is about another one: `sha256-<hex>.sig`. */
export async function digestTagsOf(
  repository: RemoteRepository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly { readonly tag: Tag; readonly digest: Digest }[]> {
  const named = SUFFIXES.map((suffix) => `${algorithmOf(subject)}-${encodedOf(subject)}.${suffix}`);
  const heads = named.map(async (tag) => {
    // One of a SHA-512 digest is too long to be a tag.
    const head = isTag(tag) ? await repository.findManifestHead(tag, signal) : undefined;
    return head === undefined ? [] : [{ tag: tag as Tag, digest: head.digest }];
  });
  return (await Promise.all(heads)).flat();
}

/** Whether a tag is one that tools made for a manifest, and not a person for people. */
export function isDigestTag(tag: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/.test(tag);
}
