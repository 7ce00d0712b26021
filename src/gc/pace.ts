/** How much of the time a collection takes for itself. */
export interface Pace {
  /** How long it rests after a stretch, as a multiple of what that took, while nobody else is at work in this process. */
  readonly idle: number;
  /** The same while others are. */
  readonly busy: number;
  /** How long a stretch is to take while nobody else is at work, in milliseconds: what the first request may wait for. */
  readonly aloneMilliseconds: number;
}

/** A stretch is to take so long beside requests, in milliseconds: that is what one may have to wait for it. */
const STRETCH_MILLISECONDS = 2;

/** One that nobody waits for: a quarter of a core when that is idle, and a fiftieth beside requests. */
export const SLOW: Pace = { idle: 3, busy: 49, aloneMilliseconds: STRETCH_MILLISECONDS };

/** One that somebody waits for: as fast as it goes, and an eighth of the time beside requests. */
export const FAST: Pace = { idle: 0, busy: 7, aloneMilliseconds: 10 };

/** The same where another process does the work meanwhile: most of it is the way there and back. */
const STRETCH_ELSEWHERE_MILLISECONDS = 25;

/** Whatever took long was most likely somewhere else: a bucket that answers slowly. */
const LONGEST_REST_MILLISECONDS = 2000;

const FEWEST_ROWS = 25;
const MOST_ROWS = 2000;
const FIRST_ROWS = 200;

/** Clients pause between two requests: so long after one, others are taken to be at work, in milliseconds. */
const BUSY_FOR_MILLISECONDS = 250;

/** Whether this process answers requests: it is told of each. */
export class Activity {
  #busyUntil = 0;

  /** @param at as `performance.now()` has it. */
  note(at: number): void {
    this.#busyUntil = at + BUSY_FOR_MILLISECONDS;
  }

  get isBusy(): boolean {
    return performance.now() < this.#busyUntil;
  }
}

/** Where a collection works. */
export interface Surroundings {
  /** Whether another process does the work of the database. */
  readonly isElsewhere: boolean;
  readonly isBusy: () => boolean;
}

/** Decides how much a collection looks at in one turn, and how long it then lets others have theirs. */
export class Pacing {
  readonly #pace: Pace;
  readonly #isBusy: () => boolean;
  readonly #isElsewhere: boolean;
  #rows = FIRST_ROWS;
  #began = performance.now();

  constructor(pace: Pace, { isElsewhere, isBusy }: Surroundings) {
    this.#pace = pace;
    this.#isBusy = isBusy;
    this.#isElsewhere = isElsewhere;
  }

  /** Of the next stretch. */
  get rows(): number {
    return this.#rows;
  }

  /** Between two stretches. */
  async rest(signal: AbortSignal): Promise<void> {
    const took = performance.now() - this.#began;
    await nextTurn();
    const isBusy = this.#isBusy();
    const factor = Math.min(2, Math.max(0.2, this.#wantedMilliseconds(isBusy) / Math.max(took, 0.01)));
    this.#rows = Math.round(Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, this.#rows * factor)));
    const factorOfRest = isBusy ? this.#pace.busy : this.#pace.idle;
    const pause = Math.min(LONGEST_REST_MILLISECONDS, took * factorOfRest);
    if (pause >= 1 && !signal.aborted) await sleep(pause, signal);
    this.#began = performance.now();
  }

  #wantedMilliseconds(isBusy: boolean): number {
    if (this.#isElsewhere) return STRETCH_ELSEWHERE_MILLISECONDS;
    return isBusy ? STRETCH_MILLISECONDS : this.#pace.aloneMilliseconds;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Ends early when nobody wants the work any more. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = (): void => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
