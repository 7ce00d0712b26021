import { systemActor, type Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import { LeaseLostError } from '../jobs/leases.ts';
import type { Deletions } from '../registry/deletions.ts';
import type { ManifestCache } from '../registry/manifest-cache.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListingStore, UploadStore } from '../storage/blob-store.ts';
import { CollectionFigures, type CollectionProgress } from './collection-figures.ts';
import { foreseeAll } from './foresee-all.ts';
import { expireIdleUploads } from './idle-uploads.ts';
import { FAST, Pacing, SLOW, type Pace } from './pace.ts';
import {
  isRoomWanted,
  readCollectionState,
  saveCollectionState,
  type CollectionState,
  type PassState,
} from './pass-state.ts';
import { added, NO_COUNTS, PHASES, type Counts, type PhaseName, type Step } from './phase.ts';
import { phasesOf, type PhasesOptions } from './phases.ts';
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
  /** Whoever asked. Default: nobody did. */
  readonly actor?: Actor;
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

/** How often it is written down how far a pass is, in milliseconds: so much may be looked at twice. */
const SAVED_EVERY_MILLISECONDS = 1000;

/** The store is looked through for what crashes left once a day: crashes are rare, and a bucket asks money for it. */
const LEFTOVERS_EVERY_MILLISECONDS = 86_400_000;

/** How a pass is run. */
interface Manner {
  readonly options: PhasesOptions;
  readonly pace: Pace;
  /** The first phase that is left out. */
  readonly until?: PhaseName;
  readonly signal: AbortSignal;
  readonly tell?: ((progress: CollectionProgress) => void) | undefined;
  /** Asked now and then: whether to leave off here. */
  readonly isOver?: () => Promise<boolean>;
}

/**
 * Finds what nothing refers to and lets it go: facts first, then bytes. Runs while clients push and pull, on this node
 * and on others; nobody waits for it. It may be stopped or killed at any point, and goes on where it was, also on another
 * node. Two at once would do no harm, and the same work twice: whoever runs it takes its lease first.
 */
export class Collector {
  readonly #parts: CollectorParts;
  readonly figures = new CollectionFigures();

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
    const state = await readCollectionState(db);
    const manner = { options: { purge: false, leftovers: true, ...options }, pace: FAST, signal, tell };
    let before: Counts = NO_COUNTS;
    if (state.pass !== undefined) {
      const deleteUntagged = options.deleteUntagged && state.pass.deleteUntagged;
      const rest = { ...manner, options: { ...manner.options, deleteUntagged, purge: false }, until: 'sweep' } as const;
      const { counts } = await this.#run({ ...state.pass, isAsked: true, counts: NO_COUNTS }, state, rest);
      before = counts;
    }
    const pass = await this.#run(this.#newPass(true, options.deleteUntagged), state, manner);
    const counts = added(before, pass.counts);
    await this.#end({ ...pass, counts }, state, { leftovers: true, actor: options.actor });
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
    const state = await readCollectionState(db);
    const time = now().getTime();
    const isDue = state.last === undefined || time >= state.last.startedAt + intervalSeconds * 1000;
    if (state.pass === undefined && !isDue) return undefined;
    const leftovers = time >= (state.leftoversAt ?? 0) + LEFTOVERS_EVERY_MILLISECONDS;
    const begun = state.pass ?? this.#newPass(false, false);
    const pass = await this.#run({ ...begun, isAsked: false, deleteUntagged: false }, state, {
      options: { ...options, deleteUntagged: false, purge: false, leftovers },
      pace: SLOW,
      signal,
      isOver: async () => !mayRun() || isRoomWanted(db),
    });
    if (!pass.isComplete) return undefined;
    await this.#end(pass, state, { leftovers });
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

  async #run(
    begun: PassState,
    { last, leftoversAt }: CollectionState,
    manner: Manner,
  ): Promise<PassState & { readonly isComplete: boolean }> {
    const { db, now } = this.#parts;
    const { signal, options, until } = manner;
    let pass = begun;
    const save = (durable: boolean): Promise<void> =>
      db.transaction((tx) => saveCollectionState(tx, { pass, ...known({ last, leftoversAt }) }, now()), { durable });
    const pacing = new Pacing(manner.pace, db.isShared);
    const before = new Date(now().getTime() - options.graceSeconds * 1000);
    const phases = phasesOf(this.#parts, options);
    try {
      // What an earlier pass forgot is so for good, before anything follows from it.
      await save(true);
      let savedAt = performance.now();
      for (const name of PHASES.slice(PHASES.indexOf(begun.phase))) {
        if (name === until) break;
        signal.throwIfAborted();
        const after = name === begun.phase ? begun.after : undefined;
        for await (const step of phases[name]({ db, pacing, before, signal }, after)) {
          pass = this.#advance(pass, name, step);
          manner.tell?.({ phase: name, share: step.share });
          signal.throwIfAborted();
          if (performance.now() - savedAt >= SAVED_EVERY_MILLISECONDS) {
            await save(false);
            savedAt = performance.now();
            if ((await manner.isOver?.()) === true) return { ...pass, isComplete: false };
          }
          await pacing.rest(signal);
        }
      }
      return { ...pass, isComplete: true };
    } catch (error) {
      // Another node may be further by now, when it has the work.
      if (!(signal.reason instanceof LeaseLostError)) await save(false).catch(() => undefined);
      throw error;
    } finally {
      this.figures.current = undefined;
    }
  }

  #advance(pass: PassState, phase: PhaseName, { after, share, counts }: Step): PassState {
    this.figures.add(counts);
    this.figures.current = { phase, share };
    const { after: _, ...rest } = pass;
    return { ...rest, phase, share, counts: added(pass.counts, counts), ...(after !== undefined && { after }) };
  }

  async #end(
    { startedAt, counts, isAsked }: PassState,
    { leftoversAt }: CollectionState,
    { leftovers, actor }: { readonly leftovers: boolean; readonly actor?: Actor | undefined },
  ): Promise<void> {
    const now = this.#parts.now();
    const last = { startedAt, completedAt: now.getTime(), counts };
    const looked = leftovers ? startedAt : leftoversAt;
    await this.#parts.db.transaction(async (tx) => {
      await saveCollectionState(tx, { last, ...known({ leftoversAt: looked }) }, now);
      if (!isAsked && Object.values(counts).every((count) => count === 0)) return;
      const entry = { action: 'garbage.collected', details: { ...counts } };
      await appendAudit(tx, actor ?? systemActor('garbage-collection'), entry, now);
    });
  }
}

/** Without what is not known. */
function known<Some extends object>(some: Some): { [Key in keyof Some]?: Exclude<Some[Key], undefined> } {
  const entries = Object.entries(some).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Some]?: Exclude<Some[Key], undefined> }; // the same keys
}
