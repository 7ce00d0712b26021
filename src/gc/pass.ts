import { LeaseLostError } from '../jobs/leases.ts';
import type { Database } from '../metadata/database.ts';
import type { CollectionFigures, CollectionProgress } from './collection-figures.ts';
import { Pacing, type Activity, type Pace } from './pace.ts';
import { saveCollectionState, type CollectionState, type PassState } from './pass-state.ts';
import { added, PHASES, type PhaseContext, type PhaseName, type Step } from './phase.ts';
import { phasesOf, type PhasesOptions, type PhasesParts } from './phases.ts';

export interface PassParts extends PhasesParts {
  readonly db: Database;
  readonly figures: CollectionFigures;
  readonly activity: Pick<Activity, 'isBusy'>;
}

/** How a pass is run. */
export interface Manner {
  readonly options: PhasesOptions;
  readonly pace: Pace;
  /** The first phase that is left out. */
  readonly until?: PhaseName;
  readonly signal: AbortSignal;
  readonly tell?: ((progress: CollectionProgress) => void) | undefined;
  /** Asked every second: whether to leave off here. */
  readonly isOver?: () => Promise<boolean>;
}

/** Where a pass is when it ended, or was told to leave off. */
export interface PassRun {
  readonly pass: PassState;
  readonly isComplete: boolean;
  /** Why a phase is not finished, the first one: the others went on. */
  readonly failure?: { readonly error: unknown };
}

/** How often it is written down how far a pass is, in milliseconds: so much may be looked at twice. */
const SAVED_EVERY_MILLISECONDS = 1000;

/**
 * Goes through the phases from where the pass is, a stretch at a time. What one phase cannot do keeps no other from its
 * work, and is tried again by the next pass.
 *
 * @throws whatever ends `signal`; how far it came is written down.
 */
export async function runPass(
  parts: PassParts,
  { begun, ...others }: CollectionState & { readonly begun: PassState },
  manner: Manner,
): Promise<PassRun> {
  const walk = new Walk(parts, manner, { begun, others });
  try {
    // What an earlier pass forgot is so for good, before anything follows from it.
    await walk.save(true);
    return await walk.run();
  } catch (error) {
    // Another node may be further by now, when it has the work.
    if (!(manner.signal.reason instanceof LeaseLostError)) await walk.save(false).catch(() => undefined);
    throw error;
  } finally {
    parts.figures.current = undefined;
  }
}

class Walk {
  readonly #parts: PassParts;
  readonly #manner: Manner;
  readonly #others: CollectionState;
  readonly #context: PhaseContext;
  readonly #pacing: Pacing;
  #pass: PassState;
  #savedAt = performance.now();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    parts: PassParts,
    manner: Manner,
    { begun, others }: { readonly begun: PassState; readonly others: CollectionState },
  ) {
    const { db, now } = parts;
    const before = new Date(now().getTime() - manner.options.graceSeconds * 1000);
    this.#parts = parts;
    this.#manner = manner;
    this.#others = others;
    this.#pacing = new Pacing(manner.pace, { isElsewhere: db.isShared, isBusy: () => parts.activity.isBusy });
    this.#context = { db, pacing: this.#pacing, before, signal: manner.signal };
    this.#pass = begun;
  }

  async run(): Promise<PassRun> {
    const phases = phasesOf(this.#parts, this.#manner.options);
    const end = this.#manner.until === undefined ? PHASES.length : PHASES.indexOf(this.#manner.until);
    for (let place = PHASES.indexOf(this.#pass.phase); place < end; place += 1) {
      const name = PHASES[place];
      if (name === undefined) break;
      this.#manner.signal.throwIfAborted();
      const { after } = this.#pass;
      try {
        for await (const step of phases[name](this.#context, after)) {
          if (await this.#isOverAfter(name, step)) return this.#ended(false);
        }
      } catch (error) {
        this.#manner.signal.throwIfAborted();
        this.#failure ??= { error };
      }
      this.#pass = { ...this.#pass, phase: PHASES[place + 1] ?? name, after: undefined, share: 0 };
    }
    return this.#ended(true);
  }

  /** @param durable `false`: a crash of the machine may have it forgotten, and something is looked at twice. */
  async save(durable: boolean): Promise<void> {
    const { db, now } = this.#parts;
    const state = { ...this.#others, pass: this.#pass };
    await db.transaction((tx) => saveCollectionState(tx, state, now()), { durable });
    this.#savedAt = performance.now();
  }

  async #isOverAfter(phase: PhaseName, { after, share, counts }: Step): Promise<boolean> {
    const { figures } = this.#parts;
    const { tell, signal, isOver } = this.#manner;
    figures.add(counts);
    figures.current = { phase, share };
    tell?.({ phase, share });
    const sum = added(this.#pass.counts, counts);
    this.#pass = { ...this.#pass, phase, after, share, counts: sum };
    signal.throwIfAborted();
    if (performance.now() - this.#savedAt >= SAVED_EVERY_MILLISECONDS) {
      await this.save(false);
      if ((await isOver?.()) === true) return true;
    }
    await this.#pacing.rest(signal);
    return false;
  }

  #ended(isComplete: boolean): PassRun {
    return { pass: this.#pass, isComplete, ...(this.#failure !== undefined && { failure: this.#failure }) };
  }
}
