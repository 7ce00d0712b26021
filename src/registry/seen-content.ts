import { renewLinks } from '../metadata/links.ts';
import type { Database } from '../metadata/database.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';

/** A blob, as one repository serves it. */
export interface BlobOfRepository {
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

/** Bounds the memory: more are written at once. */
const MOST_REMEMBERED = 20_000;

/**
 * The blobs that clients saw with HEAD. Such a client skips the upload and is about to name the blob in a manifest, so
 * garbage collection must leave it alone for the grace time. Written in batches, never per request; what a crash loses
 * costs a client one `MANIFEST_BLOB_UNKNOWN`, and it uploads the blob.
 *
 * Between what a client is told and what garbage collection does there is no gap: a blob is either seen, and then
 * stays, or it is condemned, and then is not found.
 */
export class SeenContent {
  readonly #db: Database;
  readonly #now: () => Date;
  #noted = new Notes();
  /** Being written: they count until they are. */
  readonly #writing = new Set<Notes>();
  /** How many clients are just now being told about a blob. */
  readonly #sought = new Map<string, number>();
  readonly #condemned = new Set<string>();

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * Looks for a blob on behalf of a client that asks whether it is here. If it is, it is noted, which never fails and
   * never waits: losing a note is harmless, delaying a reply is not.
   *
   * @returns `undefined` also while garbage collection lets go of the blob: the client then uploads it again.
   */
  async find<Found>(
    { repository, digest }: BlobOfRepository,
    look: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const key = keyOf({ repository, digest });
    if (this.#condemned.has(key)) return undefined;
    this.#sought.set(key, (this.#sought.get(key) ?? 0) + 1);
    try {
      const found = await look();
      if (found !== undefined) this.#note(repository, digest);
      return found;
    } finally {
      const others = (this.#sought.get(key) ?? 1) - 1;
      if (others > 0) this.#sought.set(key, others);
      else this.#sought.delete(key);
    }
  }

  /**
   * To be called by garbage collection, inside the transaction that lets go of blobs: nobody finds them from now on,
   * until {@link release}.
   *
   * @returns those that no client saw since the last {@link flush}: the only ones that may go.
   */
  condemn<Candidate extends BlobOfRepository>(candidates: readonly Candidate[]): readonly Candidate[] {
    const unseen = candidates.filter((candidate) => !this.#isSeen(candidate));
    for (const blob of unseen) this.#condemned.add(keyOf(blob));
    return unseen;
  }

  /** The transaction is over: what it says now holds. */
  release(condemned: readonly BlobOfRepository[]): void {
    for (const blob of condemned) this.#condemned.delete(keyOf(blob));
  }

  /** Writes what was noted since the last time. */
  async flush(): Promise<void> {
    const notes = this.#noted;
    if (notes.count === 0) return;
    this.#noted = new Notes();
    this.#writing.add(notes);
    try {
      for (const [repository, digests] of notes.byRepository) {
        await this.#db.transaction((tx) => renewLinks(tx, repository, [...digests], this.#now()), { durable: false });
      }
    } finally {
      this.#writing.delete(notes);
    }
  }

  #note(repository: RepositoryName, digest: Digest): void {
    this.#noted.add(repository, digest);
    if (this.#noted.count >= MOST_REMEMBERED) void this.flush().catch(() => undefined);
  }

  #isSeen(blob: BlobOfRepository): boolean {
    if (this.#sought.has(keyOf(blob)) || this.#noted.has(blob)) return true;
    return [...this.#writing].some((notes) => notes.has(blob));
  }
}

class Notes {
  readonly byRepository = new Map<RepositoryName, Set<Digest>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(repository: RepositoryName, digest: Digest): void {
    const digests = this.byRepository.get(repository) ?? new Set();
    this.byRepository.set(repository, digests);
    if (digests.has(digest)) return;
    digests.add(digest);
    this.#count += 1;
  }

  has({ repository, digest }: BlobOfRepository): boolean {
    return this.byRepository.get(repository)?.has(digest) ?? false;
  }
}

/** Neither a name nor a digest has a space. */
function keyOf({ repository, digest }: BlobOfRepository): string {
  return `${repository} ${digest}`;
}
