import type { Database } from '../metadata/database.ts';
import { findTaggedManifestKey } from '../metadata/manifests.ts';
import { recountUsage, type UsageDifference } from '../metadata/recount-usage.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { measureManifests, NO_SIZE, sizeOfUsage, type Size } from '../metadata/sizes.ts';
import { measureBlobsOf } from '../metadata/stored-sizes.ts';
import { findUsage, listRepositoryUsage, type RepositoryUsage, type Usage } from '../metadata/usage.ts';
import type { Digest } from '../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { RepositoryPattern } from '../oci/repository-pattern.ts';
import type { Tag } from '../oci/tag.ts';

/** Of a repository. */
export interface RepositorySize {
  readonly name: RepositoryName;
  /** `unique`: what no other repository has. Manifests count as its own. */
  readonly size: Size;
  readonly usage: Usage;
}

/** Of the repositories of a pattern together. */
export interface PatternSize {
  readonly repositories: number;
  /** Added up: what several have counts for each of them, as quotas count it. */
  readonly counted: number;
  /** Each blob once; `unique`: what no repository besides has. Absent where it was not asked for. */
  readonly blobs?: Size;
  readonly manifestBytes: number;
  readonly manifests: number;
  readonly tags: number;
}

/** Where a page of the largest repositories begins: behind this one. */
export interface LargestPosition {
  readonly bytes: number;
  readonly name: string;
}

const REPOSITORIES_PER_TURN = 1000;

/** How much there is, and who has it. */
export class Sizes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws {NameUnknownError} */
  async ofRepository(name: RepositoryName): Promise<RepositorySize> {
    const id = await findRepositoryId(this.#db, name);
    if (id === undefined) throw new NameUnknownError(name);
    const usage = await findUsage(this.#db, id);
    return { name, usage, size: sizeOfUsage(usage) };
  }

  /** With all that belongs to the image. @throws {NameUnknownError} @throws {ManifestUnknownError} */
  async ofTag(name: RepositoryName, tag: Tag): Promise<{ readonly digest: Digest; readonly size: Size }> {
    const id = await findRepositoryId(this.#db, name);
    if (id === undefined) throw new NameUnknownError(name);
    const key = await findTaggedManifestKey(this.#db, name, tag);
    if (key === undefined) throw new ManifestUnknownError(tag);
    const { digest } = key;
    return { digest, size: (await measureManifests(this.#db, id, [digest])).get(digest) ?? NO_SIZE };
  }

  /**
   * @param exact reads all links, to count each blob once.
   */
  async ofPattern(pattern: RepositoryPattern, options: { exact: boolean; signal: AbortSignal }): Promise<PatternSize> {
    const ids = new Set<number>();
    const sums = { counted: 0, manifestBytes: 0, manifests: 0, tags: 0 };
    for await (const { id, blobBytes, manifestBytes, manifests, tags } of this.#matching(pattern, options.signal)) {
      ids.add(id);
      sums.counted += blobBytes + manifestBytes;
      sums.manifestBytes += manifestBytes;
      sums.manifests += manifests;
      sums.tags += tags;
    }
    const repositories = ids.size;
    if (!options.exact) return { repositories, ...sums };
    const blobs = await measureBlobsOf(this.#db, (id) => ids.has(id), options.signal);
    return { repositories, ...sums, blobs };
  }

  /** Largest first. Compares all repositories, of which only a page is kept in memory. */
  async largest(
    pattern: RepositoryPattern,
    page: { after: LargestPosition | undefined; limit: number; signal: AbortSignal },
  ): Promise<readonly RepositorySize[]> {
    let kept: RepositorySize[] = [];
    for await (const { id: _, name, ...usage } of this.#matching(pattern, page.signal)) {
      const one = { name, usage, size: sizeOfUsage(usage) };
      if (page.after !== undefined && comesBefore(positionOf(one), page.after, true)) continue;
      kept.push(one);
      if (kept.length > page.limit + REPOSITORIES_PER_TURN) kept = best(kept, page.limit);
    }
    return best(kept, page.limit);
  }

  /** Counts everything again. @returns what was counted wrong, and is right now. */
  recount(signal: AbortSignal): Promise<readonly UsageDifference[]> {
    return recountUsage(this.#db, signal);
  }

  async *#matching(pattern: RepositoryPattern, signal: AbortSignal): AsyncGenerator<RepositoryUsage, void> {
    for (let after = ''; ;) {
      signal.throwIfAborted();
      const some = await listRepositoryUsage(this.#db, after, REPOSITORIES_PER_TURN);
      yield* some.filter(({ name }) => pattern.matches(name));
      const last = some.at(-1);
      if (last === undefined || some.length < REPOSITORIES_PER_TURN) return;
      after = last.name;
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

export function positionOf({ name, size }: RepositorySize): LargestPosition {
  return { bytes: size.total, name };
}

function comesBefore(one: LargestPosition, other: LargestPosition, orIsIt: boolean): boolean {
  if (one.bytes !== other.bytes) return one.bytes > other.bytes;
  return one.name < other.name || (orIsIt && one.name === other.name);
}

function best(sizes: readonly RepositorySize[], limit: number): RepositorySize[] {
  return sizes.toSorted((a, b) => (comesBefore(positionOf(a), positionOf(b), false) ? -1 : 1)).slice(0, limit);
}
