import type { RemoteRepository } from '../client/remote-repository.ts';
import { cosignTags } from '../oci/digest-tag.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';

/** The tags by which older tools say that a manifest is about another one: `sha256-<hex>.sig`. */
export async function digestTagsOf(
  repository: RemoteRepository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly { readonly tag: Tag; readonly digest: Digest; readonly mediaType: string }[]> {
  const heads = cosignTags(subject).map(async (tag) => {
    const head = await repository.findManifestHead(tag, signal);
    return head === undefined ? [] : [{ tag, digest: head.digest, mediaType: head.mediaType }];
  });
  return (await Promise.all(heads)).flat();
}

/** Whether a tag is one that tools made for a manifest, and not a person for people. */
export function isDigestTag(tag: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/.test(tag);
}
