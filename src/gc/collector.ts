import { deleteBlob, isStorageKeyNamed, listUnlinkedBlobs, type BlobRow } from '../metadata/blobs.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { deleteForgottenBlob, listForgottenBlobs, saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { deleteLink, listUnnamedLinks, type Link, type UnnamedLink } from '../metadata/links.ts';
import { deleteEdges } from '../metadata/manifest-edges.ts';
import { deleteUnnamedContents } from '../metadata/manifest-contents.ts';
import { deleteManifest } from '../metadata/manifests.ts';
import { deleteEmptyRepositories } from '../metadata/repositories.ts';
import type { Looked, Stretch } from '../metadata/stretch.ts';
import { listUntagged, type ManifestKey, type UntaggedManifest } from '../metadata/untagged-manifests.ts';
import type { Digest } from '../oci/digest.ts';
import type { ManifestCache } from '../registry/manifest-cache.ts';
import type { SeenContent } from '../registry/seen-content.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListingStore, StorageKey, UploadStore } from '../storage/blob-store.ts';
import { countIdleUploads, expireIdleUploads } from './idle-uploads.ts';

export interface CollectorParts {
  readonly db: Database;
  readonly store: BlobStore & UploadStore & ListingStore;
  readonly uploads: Uploads;
  readonly seen: SeenContent;
  readonly cache: ManifestCache;
  readonly now: () => Date;
}

export interface CollectOptions {
  /** Say what would go, and change nothing. */
  readonly dryRun: boolean;
  /** Manifests that nothing keeps go too: no tag, no index, no subject. */
  readonly deleteUntagged: boolean;
  /** What was pushed, mounted or seen by a client since less than this stays, in seconds. */
  readonly graceSeconds: number;
  /** Upload sessions that received nothing for this long end, in seconds. */
  readonly uploadIdleSeconds: number;
}

/** What went, or with `dryRun` what would go. */
export interface CollectReport {
  readonly dryRun: boolean;
  readonly manifests: number;
  /** Blobs that a repository may no longer serve. */
  readonly links: number;
  /** Blobs that no repository may serve any more. */
  readonly blobs: number;
  /** Of those blobs and of leftover files. */
  readonly bytes: number;
  readonly uploads: number;
  /** Stored files that no fact names: left by a crash. */
  readonly leftovers: number;
}

type Counts = { -readonly [Key in Exclude<keyof CollectReport, 'dryRun'>]: number };

/** Small, so that no push waits long for the writer. */
const BATCH = 200;

/** How many rows are looked at in one turn: a few milliseconds, also when all of them go. */
const ROWS_PER_STRETCH = 500;

/** Thrown at the end of a dry run, to undo what it did to find out. */
class DryRunEnded extends Error {}

/**
 * Finds what nothing refers to and lets it go: facts first, then bytes. Runs while clients push and pull. It may be
 * stopped or killed at any point: each batch stands on its own, and the next run finishes what this one began.
 */
export class Collector {
  readonly #parts: CollectorParts;
  #isCollecting = false;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** Two at once would do no harm, and the same work twice. */
  get isCollecting(): boolean {
    return this.#isCollecting;
  }

  async collect(options: CollectOptions, signal: AbortSignal): Promise<CollectReport> {
    this.#isCollecting = true;
    try {
      return await this.#collect(options, signal);
    } finally {
      this.#isCollecting = false;
    }
  }

  async #collect(options: CollectOptions, signal: AbortSignal): Promise<CollectReport> {
    const counts: Counts = { manifests: 0, links: 0, blobs: 0, bytes: 0, uploads: 0, leftovers: 0 };
    await this.#parts.seen.flush();
    // First, so that what an interrupted run forgot and did not sweep is counted the same when nothing is swept.
    await this.#removeLeftovers(options, counts, signal);
    if (options.dryRun) await this.#rehearse(options, counts, signal);
    else await this.#forget(options, counts, signal, (work) => this.#parts.db.transaction(work));
    counts.uploads = options.dryRun
      ? await countIdleUploads(this.#parts.store, options.uploadIdleSeconds)
      : await this.expireUploads(options.uploadIdleSeconds, signal);
    if (!options.dryRun) await this.#sweep(signal);
    return { dryRun: options.dryRun, ...counts };
  }

  /**
   * The only way to count exactly what would go is to do it: in one transaction, undone at the end. Who writes waits for
   * it, who reads does not.
   */
  async #rehearse(options: CollectOptions, counts: Counts, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.db.transaction(async (tx) => {
        await this.#forget(options, counts, signal, async (work) => {
          const result = await work(tx);
          await nextTurn();
          return result;
        });
        throw new DryRunEnded();
      });
    } catch (error) {
      if (!(error instanceof DryRunEnded)) throw error;
    }
  }

  async #forget(options: CollectOptions, counts: Counts, signal: AbortSignal, run: RunBatch): Promise<void> {
    const before = new Date(this.#parts.now().getTime() - options.graceSeconds * 1000);
    if (options.deleteUntagged) {
      // An index that goes no longer keeps its manifests, which may lie behind.
      counts.manifests = await untilEmpty(signal, () =>
        walk<UntaggedManifest, ManifestKey>(signal, async (stretch) => {
          const looked = await run((tx) => forgetManifests(tx, before, stretch));
          // After the commit: what a pull reads before it must not be remembered.
          for (const { repository } of looked.found) this.#parts.cache.forget(repository);
          return looked;
        }),
      );
    }
    counts.links = await walk<UnnamedLink, Link>(signal, (stretch) =>
      options.dryRun ? run((tx) => forgetLinks(tx, before, stretch)) : this.#forgetUnseenLinks(before, stretch),
    );
    counts.blobs = await walk<BlobRow, Digest>(signal, (stretch) =>
      run((tx) => this.#forgetBlobs(tx, before, stretch, counts)),
    );
    await walk<Digest, Digest>(signal, (stretch) => run((tx) => deleteUnnamedContents(tx, stretch)));
    await run((tx) => deleteEmptyRepositories(tx, before));
  }

  /** A client that was told a moment ago that a blob is here keeps it; one that asks now is told that it is not. */
  async #forgetUnseenLinks(before: Date, stretch: Stretch<Link>): Promise<Looked<UnnamedLink, Link>> {
    const { db, seen } = this.#parts;
    let condemned: readonly UnnamedLink[] = [];
    await seen.flush();
    try {
      return await db.transaction(async (tx) => {
        seen.release(condemned);
        const { found, end } = await listUnnamedLinks(tx, before, stretch);
        condemned = seen.condemn(found);
        for (const link of condemned) await deleteLink(tx, link);
        return { found: condemned, end };
      });
    } finally {
      seen.release(condemned);
    }
  }

  async #forgetBlobs(
    tx: Transaction,
    before: Date,
    stretch: Stretch<Digest>,
    counts: Counts,
  ): Promise<Looked<BlobRow, Digest>> {
    const looked = await listUnlinkedBlobs(tx, before, stretch);
    for (const blob of looked.found) {
      await deleteBlob(tx, blob.digest);
      await saveForgottenBlob(tx, blob, this.#parts.now());
      counts.bytes += blob.size;
    }
    return looked;
  }

  /** Ends the sessions that received nothing for `idleSeconds`. @returns how many. */
  expireUploads(idleSeconds: number, signal: AbortSignal): Promise<number> {
    return expireIdleUploads(this.#parts, idleSeconds, signal);
  }

  /** Nothing names these bytes since the transaction that forgot them; a reader that began before holds the file open. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { db, store, now } = this.#parts;
    await untilEmpty(signal, async () => {
      const batch = await listForgottenBlobs(db, now(), BATCH);
      for (const { storageKey } of batch) await store.delete(storageKey as StorageKey); // the store made this key
      await db.transaction(async (tx) => {
        for (const { storageKey } of batch) await deleteForgottenBlob(tx, storageKey);
      });
      return batch.length;
    });
  }

  /** A crash between the bytes and their row leaves a file that only a walk of the store finds. */
  async #removeLeftovers(options: CollectOptions, counts: Counts, signal: AbortSignal): Promise<void> {
    const { db, store, uploads } = this.#parts;
    const graceSeconds = Math.max(options.graceSeconds, SHORTEST_LEFTOVER_SECONDS);
    for await (const { key, size, ageSeconds } of store.listKeys()) {
      signal.throwIfAborted();
      // Flushing a large blob to a slow disk takes minutes, and only then a row names it.
      const minimumAgeSeconds = graceSeconds + uploads.longestCommitSeconds;
      if (ageSeconds < minimumAgeSeconds || (await isStorageKeyNamed(db, key))) continue;
      if (!options.dryRun) await store.delete(key);
      counts.leftovers += 1;
      counts.bytes += size;
    }
  }
}

/** For what lies between a commit and its row besides the flush, and for clocks of disks that are a bit off. */
const SHORTEST_LEFTOVER_SECONDS = 60;

type RunBatch = <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;

async function forgetManifests(
  tx: Transaction,
  before: Date,
  stretch: Stretch<ManifestKey>,
): Promise<Looked<UntaggedManifest, ManifestKey>> {
  const looked = await listUntagged(tx, before, stretch);
  for (const { repositoryId, digest } of looked.found) {
    await deleteEdges(tx, repositoryId, digest);
    await deleteManifest(tx, repositoryId, digest);
  }
  return looked;
}

async function forgetLinks(tx: Transaction, before: Date, stretch: Stretch<Link>): Promise<Looked<UnnamedLink, Link>> {
  const looked = await listUnnamedLinks(tx, before, stretch);
  for (const link of looked.found) await deleteLink(tx, link);
  return looked;
}

/** From one end of a table to the other, a stretch at a time. @returns how much was found. */
async function walk<Found, Key>(
  signal: AbortSignal,
  look: (stretch: Stretch<Key>) => Promise<Looked<Found, Key>>,
): Promise<number> {
  let total = 0;
  let after: Key | undefined;
  do {
    const { found, end } = await look({ after, rows: ROWS_PER_STRETCH });
    total += found.length;
    after = end;
    signal.throwIfAborted();
  } while (after !== undefined);
  return total;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Runs batches until one finds nothing. @returns the total. */
async function untilEmpty(signal: AbortSignal, batch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let done = await batch(); done > 0; done = await batch()) {
    total += done;
    signal.throwIfAborted();
  }
  return total;
}
