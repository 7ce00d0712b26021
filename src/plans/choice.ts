import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';

/** Why something is to go. */
export interface Reason {
  /** A sentence. */
  readonly text: string;
  readonly rule?: { readonly priority: number; readonly name: string };
}

/** What a source wants gone from one repository, before anybody asks what may go, and what goes with it. */
export interface Choice {
  /** With all their tags. */
  readonly manifests: ReadonlyMap<Digest, Reason>;
  readonly tags: ReadonlyMap<Tag, Reason>;
  /** Whether an image goes when all its tags do. */
  readonly withImages: boolean;
  /** What would go, and stays for a reason that the source itself knows. */
  readonly blocked: readonly (Reason & { readonly digest: Digest; readonly blockedBy: readonly string[] })[];
}
