import type { Queryable } from '../metadata/database.ts';
import { countHolding, countNaming, listNamedBlobs, type Naming } from '../metadata/freed-bytes.ts';
import type { Digest } from '../oci/digest.ts';
import { chunksOf } from './pages.ts';
import type { RepositoryView } from './repository-view.ts';

interface Content {
  readonly size: number;
  /** How many that go name it, or have it. */
  going: number;
}

/**
 * Adds up what deleting would free: content of manifests that go, over all repositories of a plan, as far as nothing else
 * has it. What else there is in the trash counts for nothing: its own time comes.
 */
export class FreedBytes {
  readonly #blobs = new Map<Digest, Content>();
  readonly #manifests = new Map<Digest, Content>();

  /** @returns for each manifest: it and its blobs, shared or not. */
  async add(
    facts: Queryable,
    { repository, images }: RepositoryView,
    { digests, signal }: { readonly digests: readonly Digest[]; readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<Digest, number>> {
    const totals = new Map<Digest, number>();
    for (const digest of digests) {
      const size = images.get(digest)?.size ?? 0;
      totals.set(digest, size);
      count(this.#manifests, digest, size);
    }
    for await (const some of chunksOf(digests, signal, MANIFESTS)) {
      for (const { manifest, digest, size } of await listNamedBlobs(facts, repository.id, some)) {
        totals.set(manifest, (totals.get(manifest) ?? 0) + size);
        count(this.#blobs, digest, size);
      }
    }
    return totals;
  }

  /** @returns bytes. */
  async total(facts: Queryable, signal: AbortSignal): Promise<number> {
    const blobs = await freed(this.#blobs, (digests) => countNaming(facts, digests), signal);
    const manifests = await freed(this.#manifests, (digests) => countHolding(facts, digests), signal);
    return blobs + manifests;
  }
}

/** Each names some blobs: some thousand rows at once. */
const MANIFESTS = 250;

function count(contents: Map<Digest, Content>, digest: Digest, size: number): void {
  const content = contents.get(digest);
  if (content === undefined) contents.set(digest, { size, going: 1 });
  else content.going += 1;
}

async function freed(
  contents: ReadonlyMap<Digest, Content>,
  countAll: (digests: readonly Digest[]) => Promise<readonly Naming[]>,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  for await (const some of chunksOf([...contents.keys()], signal)) {
    for (const { digest, count: all } of await countAll(some)) {
      const content = contents.get(digest);
      if (content !== undefined && all <= content.going) bytes += content.size;
    }
  }
  return bytes;
}
