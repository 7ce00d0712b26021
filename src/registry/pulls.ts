import type { Database } from '../metadata/database.ts';
import { addPulls, findRepositoryIds, type PullsOfManifest } from '../metadata/pulls.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';

/** Whoever pulls. */
export interface Puller {
  readonly id: string;
  readonly name: string;
}

export interface PullsParts {
  readonly db: Database;
  readonly now: () => Date;
  /** How long pulls are kept in memory before they are written together. */
  readonly flushSeconds: number;
  /** Told when some could not be written. */
  readonly onFailure: (error: unknown) => void;
  /** Manifests that are remembered between two writings, at most. Default {@link MOST_REMEMBERED}. */
  readonly mostRemembered?: number;
}

/** Some 10 MiB. A node that is asked for more different manifests writes sooner. */
const MOST_REMEMBERED = 50_000;

interface Noted {
  count: number;
  /** Milliseconds since the epoch. */
  at: number;
  by: Puller;
}

/**
 * Who pulled what, and when: counted in memory, so that a pull waits for nobody, and written in batches. A crash loses the
 * last of them. An index and the manifest of it that a client then pulls are two manifests, and both are counted.
 */
export class Pulls {
  readonly #parts: PullsParts;
  readonly #mostRemembered: number;
  #noted = new Map<RepositoryName, Map<Digest, Noted>>();
  #size = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(parts: PullsParts) {
    this.#parts = parts;
    this.#mostRemembered = parts.mostRemembered ?? MOST_REMEMBERED;
  }

  /** On the path of every pull: two look-ups in memory, and nothing to wait for. */
  note(repository: RepositoryName, digest: Digest, by: Puller): void {
    const at = this.#parts.now().getTime();
    const known = this.#noted.get(repository)?.get(digest);
    if (known === undefined) return this.#begin(repository, digest, { count: 1, at, by });
    known.count += 1;
    known.at = at;
    known.by = by;
  }

  /** Writes what was noted until now. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = this.#noted;
    this.#noted = new Map();
    this.#size = 0;
    this.#isWriting = true;
    this.#writing = this.#writing
      .then(() => this.#write(noted))
      .catch(this.#parts.onFailure)
      .finally(() => {
        this.#isWriting = false;
      });
    return this.#writing;
  }

  #begin(repository: RepositoryName, digest: Digest, noted: Noted): void {
    if (this.#size >= this.#mostRemembered) {
      // A database that does not keep up: what was noted is more than what comes now.
      if (this.#isWriting) return;
      void this.flush();
    }
    const ofRepository = this.#noted.get(repository) ?? new Map<Digest, Noted>();
    this.#noted.set(repository, ofRepository);
    ofRepository.set(digest, noted);
    this.#size += 1;
    this.#timer ??= setTimeout(() => void this.flush(), this.#parts.flushSeconds * 1000).unref();
  }

  async #write(noted: ReadonlyMap<RepositoryName, ReadonlyMap<Digest, Noted>>): Promise<void> {
    if (noted.size === 0) return;
    const ids = await findRepositoryIds(this.#parts.db, [...noted.keys()]);
    const pulls: PullsOfManifest[] = [];
    for (const [repository, byDigest] of noted) {
      const repositoryId = ids.get(repository);
      if (repositoryId === undefined) continue; // deleted since
      for (const [digest, { count, at, by }] of byDigest) {
        const pulledAt = new Date(at);
        pulls.push({ repositoryId, digest, pulledAt, principalId: by.id, principalName: by.name, count });
      }
    }
    if (pulls.length > 0) await this.#parts.db.transaction((tx) => addPulls(tx, pulls), { durable: false });
  }
}
