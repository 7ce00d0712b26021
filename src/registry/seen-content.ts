import { renewLinks } from '../metadata/links.ts';
import type { Database } from '../metadata/database.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';

/** Bounds the memory: more are written at once. */
const MOST_REMEMBERED = 20_000;

/**
 * The blobs that clients saw with HEAD. Such a client skips the upload and is about to name the blob in a manifest, so
 * garbage collection must leave it alone for the grace time. Written in batches, never per request; what a crash loses
 * costs a client one `MANIFEST_BLOB_UNKNOWN`, and it uploads the blob.
 */
export class SeenContent {
  readonly #db: Database;
  readonly #now: () => Date;
  #digestsByRepository = new Map<RepositoryName, Set<Digest>>();
  #count = 0;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** Never fails and never waits: losing a note is harmless, delaying a reply is not. */
  note(repository: RepositoryName, digest: Digest): void {
    const digests = this.#digestsByRepository.get(repository) ?? new Set();
    this.#digestsByRepository.set(repository, digests);
    if (digests.has(digest)) return;
    digests.add(digest);
    this.#count += 1;
    if (this.#count >= MOST_REMEMBERED) void this.flush().catch(() => undefined);
  }

  /** Writes what was noted since the last time. */
  async flush(): Promise<void> {
    if (this.#count === 0) return;
    const noted = this.#digestsByRepository;
    this.#digestsByRepository = new Map();
    this.#count = 0;
    for (const [repository, digests] of noted) {
      await this.#db.transaction((tx) => renewLinks(tx, repository, [...digests], this.#now()), { durable: false });
    }
  }
}
