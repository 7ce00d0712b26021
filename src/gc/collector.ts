import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import type { Deletions } from '../registry/deletions.ts';
import type { ManifestCache } from '../registry/manifest-cache.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListingStore, UploadStore } from '../storage/blob-store.ts';
import { CollectionFigures, type CollectionProgress } from './collection-figures.ts';
import { foreseeAll } from './foresee-all.ts';
import { expireIdleUploads } from './idle-uploads.ts';
import { Activity, FAST, SLOW } from './pace.ts';
import { runPass, type Manner, type PassRun } from './pass.ts';
import {
  isRoomWanted,
  readCollectionState,
  saveCollectionState,
  type CollectionState,
  type PassState,
} from './pass-state.ts';
import { added, NO_COUNTS, type Counts } from './phase.ts';
import { sweepForgotten } from './sweep.ts';

export interface CollectorParts {
  readonly db: Database;
  readonly store: BlobStore & UploadStore & ListingStore;
  readonly uploads: Uploads;
  readonly cache: ManifestCache;
  readonly deletions: Deletions;
  readonly rules: Rules;
  readonly now: () => Date;
  /** How long bytes stay after they were forgotten: see `sweep.ts`. Default 0. */
  readonly sweepDelaySeconds?: number;
}

export interface CollectOptions {
  /** Say what would go, and change nothing. */
  readonly dryRun: boolean;
  /** Manifests that nothing keeps go to the trash: no tag, no index, no subject. */
  readonly deleteUntagged: boolean;
  /** What is in the trash goes for good, whether or not its time is over. Default `false`. */
  readonly purge?: boolean;
  /** What was pushed, mounted or seen by a client since less than this stays, in seconds. */
  readonly graceSeconds: number;
  /** Upload sessions that received nothing for this long end, in seconds. */
  readonly uploadIdleSeconds: number;
}

/** What went, or with `dryRun` what would go. */
export interface CollectReport extends Counts {
  readonly dryRun: boolean;
  /** The bytes of blobs are freed so long after this, by the next sweep or collection. 0: they are freed. */
  readonly freedAfterSeconds: number;
}

/** Of collections that nobody asks for. */
export interface ContinuousOptions extends Pick<CollectOptions, 'graceSeconds' | 'uploadIdleSeconds'> {
  /** Between the beginnings of two passes. */
  readonly intervalSeconds: number;
  /** Whether it is a time at which it may run: one that is under way rests when it is not. */
  readonly mayRun: () => boolean;
}

/** The store is looked through for what crashes left once a day: crashes are rare, and a bucket asks money for it. */
const LEFTOVERS_EVERY_MILLISECONDS = 86_400_000;

/**
 * Finds what nothing refers to and lets it go: facts first, then bytes. Runs while clients push and pull, on this node
 * and on others; nobody waits for it. It may be stopped or killed at any point, and goes on where it was, also on another
 * node. Two at once would do no harm, and the same work twice: whoever runs it takes its lease first.
 */
export class Collector {
  readonly #parts: CollectorParts;
  readonly figures = new CollectionFigures();
  /** To be told of each request: beside them it goes slower. */
  readonly activity = new Activity();

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /**
   * A whole collection, as fast as requests allow. One that was interrupted goes on first.
   *
   * @param tell is called after each stretch.
   */
  async collect(
    options: CollectOptions,
    signal: AbortSignal,
    tell?: (progress: CollectionProgress) => void,
  ): Promise<CollectReport> {
    const { db, sweepDelaySeconds = 0 } = this.#parts;
    // Bytes that no fact of a registry names which has moved elsewhere may be of those pushed there since.
    await db.transaction(async () => undefined, { durable: false });
    if (options.dryRun) {
      const counts = await foreseeAll(this.#parts, options, signal);
      return { dryRun: true, ...counts, freedAfterSeconds: sweepDelaySeconds };
    }
    const { pass: interrupted, ...others } = await readCollectionState(db);
    const manner: Manner = { options: { purge: false, leftovers: true, ...options }, pace: FAST, signal, tell };
    let before: Counts = NO_COUNTS;
    if (interrupted !== undefined) {
      const begun = { ...interrupted, isAsked: true, counts: NO_COUNTS };
      const deleteUntagged = options.deleteUntagged && interrupted.deleteUntagged;
      const rest = { ...manner.options, deleteUntagged, purge: false, leftovers: false };
      before = (await this.#run({ ...others, begun }, { ...manner, options: rest, until: 'sweep' })).pass.counts;
    }
    const begun = this.#newPass(true, options.deleteUntagged);
    const { pass, failure } = await this.#run({ ...others, begun }, manner);
    const counts = added(before, pass.counts);
    await this.#end({ ...pass, counts }, others, { leftovers: true });
    if (failure !== undefined) throw failure.error;
    return { dryRun: false, ...counts, freedAfterSeconds: sweepDelaySeconds };
  }

  /**
   * Goes on with the pass that was interrupted, or begins one when it is time: slowly, and not longer than it may. Makes
   * room for a collection that somebody waits for.
   *
   * @returns what went, when a pass came to its end.
   */
  async goOn(
    { intervalSeconds, mayRun, ...options }: ContinuousOptions,
    signal: AbortSignal,
  ): Promise<Counts | undefined> {
    const { db, now } = this.#parts;
    if (!mayRun()) return undefined;
    const { pass: interrupted, ...others } = await readCollectionState(db);
    const time = now().getTime();
    const isDue = others.last === undefined || time >= others.last.startedAt + intervalSeconds * 1000;
    if (interrupted === undefined && !isDue) return undefined;
    const leftovers = time >= (others.leftoversAt ?? 0) + LEFTOVERS_EVERY_MILLISECONDS;
    const begun = { ...(interrupted ?? this.#newPass(false, false)), isAsked: false, deleteUntagged: false };
    const { pass, isComplete, failure } = await this.#run(
      { ...others, begun },
      {
        options: { ...options, deleteUntagged: false, purge: false, leftovers },
        pace: SLOW,
        signal,
        isOver: async () => !mayRun() || isRoomWanted(db),
      },
    );
    if (!isComplete) return undefined;
    await this.#end(pass, others, { leftovers });
    if (failure !== undefined) throw failure.error;
    return pass.counts;
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
  async sweep(signal: AbortSignal): Promise<void> {
    for await (const _ of sweepForgotten(this.#parts)) signal.throwIfAborted();
  }

  #newPass(isAsked: boolean, deleteUntagged: boolean): PassState {
    const startedAt = this.#parts.now().getTime();
    return { startedAt, isAsked, deleteUntagged, phase: 'leftovers', share: 0, counts: NO_COUNTS };
  }

  #run(state: Parameters<typeof runPass>[1], manner: Manner): Promise<PassRun> {
    return runPass({ ...this.#parts, figures: this.figures, activity: this.activity }, state, manner);
  }

  async #end(
    { startedAt, counts, isAsked }: PassState,
    { leftoversAt }: CollectionState,
    { leftovers }: { readonly leftovers: boolean },
  ): Promise<void> {
    const now = this.#parts.now();
    const last = { startedAt, completedAt: now.getTime(), counts };
    const looked = leftovers ? startedAt : leftoversAt;
    await this.#parts.db.transaction(async (tx) => {
      await saveCollectionState(tx, { last, ...(looked !== undefined && { leftoversAt: looked }) }, now);
      // What somebody asked for is recorded as theirs, where they asked.
      if (isAsked || Object.values(counts).every((count) => count === 0)) return;
      const entry = { action: 'garbage.collected', details: { ...counts } };
      await appendAudit(tx, systemActor('garbage-collection'), entry, now);
    });
  }
}
