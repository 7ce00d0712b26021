import type { Digest } from '../oci/digest.ts';

/** Enough to heal what a disk lost; a store that lost more is restored from its backup. */
const MOST = 100_000;

/** The blobs whose bytes are not what they should be, by their size: another copy of one may lie among the leftovers. */
export class LostBlobs {
  readonly #bySize = new Map<number, Set<Digest>>();
  #count = 0;

  add(digest: Digest, size: number): void {
    if (this.#count >= MOST) return;
    this.#count += 1;
    this.#bySize.set(size, (this.#bySize.get(size) ?? new Set()).add(digest));
  }

  ofSize(size: number): ReadonlySet<Digest> {
    return this.#bySize.get(size) ?? new Set();
  }
}
