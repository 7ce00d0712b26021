import type { Database } from '../metadata/database.ts';
import type { ManifestCache } from '../registry/manifest-cache.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListingStore, UploadStore } from '../storage/blob-store.ts';
import {
  emptyRepositories,
  forgetStretch,
  unlinkedBlobs,
  unnamedContents,
  unnamedLinks,
  untaggedManifests,
  type Approach,
  type Garbage,
} from './forget.ts';
import { foresee } from './foresee.ts';
import { countIdleUploads, expireIdleUploads } from './idle-uploads.ts';
import { listLeftovers, removeLeftover } from './leftovers.ts';
import { sweepForgotten } from './sweep.ts';
import { nextTurn, walk } from './walk.ts';

export interface CollectorParts {
  readonly db: Database;
  readonly store: BlobStore & UploadStore & ListingStore;
  readonly uploads: Uploads;
  readonly cache: ManifestCache;
  readonly now: () => Date;
  /** How long bytes stay after they were forgotten: see `sweep.ts`. Default 0. */
  readonly sweepDelaySeconds?: number;
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
  /** The bytes of those blobs are freed so long after this, by the next sweep or collection. 0: they are freed. */
  readonly freedAfterSeconds: number;
}

type Counts = { -readonly [Key in Exclude<keyof CollectReport, 'dryRun' | 'freedAfterSeconds'>]: number };

/** Thrown at the end of a dry run, to undo what it did to find out. */
class DryRunEnded extends Error {}

/**
 * Finds what nothing refers to and lets it go: facts first, then bytes. Runs while clients push and pull, on this node
 * and on others. It may be stopped or killed at any point: each batch stands on its own, and the next run finishes what
 * this one began. Two at once would do no harm, and the same work twice: whoever runs it takes its lease first.
 */
export class Collector {
  readonly #parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  async collect(options: CollectOptions, signal: AbortSignal): Promise<CollectReport> {
    const counts: Counts = { manifests: 0, links: 0, blobs: 0, bytes: 0, uploads: 0, leftovers: 0 };
    // Bytes that no fact of a registry names which has moved elsewhere may be of those pushed there since.
    await this.#parts.db.transaction(async () => undefined, { durable: false });
    // First, so that what an interrupted run forgot and did not sweep is counted the same when nothing is swept.
    await this.#removeLeftovers(options, counts, signal);
    if (options.dryRun) await this.#findOut(options, counts, signal);
    else await this.#forget(options, counts, { approach: this.#forGood(), signal });
    counts.uploads = options.dryRun
      ? await countIdleUploads(this.#parts, options.uploadIdleSeconds)
      : await this.expireUploads(options.uploadIdleSeconds, signal);
    if (!options.dryRun) await this.sweep(signal);
    return { dryRun: options.dryRun, ...counts, freedAfterSeconds: this.#parts.sweepDelaySeconds ?? 0 };
  }

  /** Ends the sessions that received nothing for `idleSeconds`. @returns how many. */
  expireUploads(idleSeconds: number, signal: AbortSignal): Promise<number> {
    return expireIdleUploads(this.#parts, idleSeconds, signal);
  }

  /** Whether what a collection forgot is freed by a later sweep. */
  get isSweepDelayed(): boolean {
    return (this.#parts.sweepDelaySeconds ?? 0) > 0;
  }

  /** Frees the bytes that were forgotten long enough ago. */
  sweep(signal: AbortSignal): Promise<void> {
    return sweepForgotten(this.#parts, signal);
  }

  #forGood(): Approach {
    const { db } = this.#parts;
    return { facts: db, transaction: (work) => db.transaction(work), isAlone: false };
  }

  async #findOut(options: CollectOptions, counts: Counts, signal: AbortSignal): Promise<void> {
    const { db } = this.#parts;
    if (!db.isShared) return this.#rehearse(options, counts, signal);
    const wanted = { before: this.#before(options), deleteUntagged: options.deleteUntagged };
    const { bytes, ...foreseen } = await db.snapshot((facts) => foresee(facts, wanted, signal));
    Object.assign(counts, foreseen, { bytes: counts.bytes + bytes });
  }

  /**
   * The cheapest way to count exactly what would go is to do it: in one transaction, undone at the end. Who writes waits
   * for it, who reads does not.
   */
  async #rehearse(options: CollectOptions, counts: Counts, signal: AbortSignal): Promise<void> {
    const { bytes } = counts;
    try {
      await this.#parts.db.transaction(async (tx) => {
        const transaction: Approach['transaction'] = async (work) => {
          const result = await work(tx);
          await nextTurn();
          return result;
        };
        // It may be run again after a conflict.
        counts.bytes = bytes;
        await this.#forget(options, counts, { approach: { facts: tx, transaction, isAlone: true }, signal });
        throw new DryRunEnded();
      });
    } catch (error) {
      if (!(error instanceof DryRunEnded)) throw error;
    }
  }

  async #forget(
    options: CollectOptions,
    counts: Counts,
    { approach, signal }: { readonly approach: Approach; readonly signal: AbortSignal },
  ): Promise<void> {
    const now = this.#parts.now();
    const before = this.#before(options);
    const forget = async <Found, Key>(garbage: Garbage<Found, Key>, each?: (found: Found) => void): Promise<number> =>
      walk<Found, Key>(signal, async (stretch) => {
        const looked = await forgetStretch(approach, garbage, stretch);
        // After the commit: what a pull reads before it must not be remembered.
        if (each !== undefined) for (const one of looked.found) each(one);
        return looked;
      });
    if (options.deleteUntagged) {
      // An index that goes no longer keeps its manifests, which may lie behind.
      counts.manifests = await untilEmpty(signal, () =>
        forget(untaggedManifests(before), ({ repository }) => this.#parts.cache.forget(repository)),
      );
    }
    counts.links = await forget(unnamedLinks(before));
    counts.blobs = await forget(unlinkedBlobs(before, now), ({ size }) => (counts.bytes += size));
    await forget(unnamedContents);
    await forget(emptyRepositories(before));
  }

  #before({ graceSeconds }: CollectOptions): Date {
    return new Date(this.#parts.now().getTime() - graceSeconds * 1000);
  }

  async #removeLeftovers(options: CollectOptions, counts: Counts, signal: AbortSignal): Promise<void> {
    for await (const leftover of listLeftovers(this.#parts, options.graceSeconds)) {
      signal.throwIfAborted();
      if (!options.dryRun && !(await removeLeftover(this.#parts, leftover))) return;
      counts.leftovers += 1;
      counts.bytes += leftover.size;
    }
  }
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
