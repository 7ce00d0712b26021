import type { Digest } from '../oci/digest.ts';
import type { DeletionTarget } from './deletions.ts';

/** It stays when its leader does. */
export interface Bond {
  readonly leader: Digest;
  readonly digest: Digest;
  readonly why: string;
}

export function bondToIndex({ index, child }: { readonly index: Digest; readonly child: Digest }): Bond {
  return { leader: index, digest: child, why: `index ${index} names it` };
}

/** @param here what of all that is there. */
export function bondsOf(
  targets: readonly Pick<DeletionTarget, 'digest' | 'follows'>[],
  here: ReadonlySet<Digest>,
): readonly Bond[] {
  return targets.flatMap(({ digest, follows }) =>
    follows === undefined || !here.has(follows) ? [] : { leader: follows, digest, why: `it goes only with ${follows}` },
  );
}

/** Those whose leader stays, an index or what they are about: they, and so those that follow them, stay too. */
export function keepWithLeaders(
  bonds: readonly Bond[],
  candidates: ReadonlySet<Digest>,
  reasons: Map<Digest, string>,
): void {
  let isSettled = false;
  while (!isSettled) {
    isSettled = true;
    for (const { leader, digest, why } of bonds) {
      if (reasons.has(digest) || (candidates.has(leader) && !reasons.has(leader))) continue;
      reasons.set(digest, why);
      isSettled = false;
    }
  }
}
