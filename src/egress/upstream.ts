import { Budget, type Spending } from './budget.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Clock } from './clock.ts';
import type { PlacedAnswer } from './egress.ts';
import { EgressDeniedError, EgressFailedError } from './egress-error.ts';
import type { SharedPauses } from './shared-pauses.ts';
import { Turns } from './turns.ts';
import type { BudgetGauge, Priority, UpstreamFacts } from './upstream-http.ts';
import { UpstreamPausedError } from './upstream-paused-error.ts';

/** How somebody asks. */
export interface Asking {
  readonly cost: number;
  readonly priority: Priority;
  /** Whether it is asked although it failed again and again. */
  readonly isInsistent: boolean;
  /** Milliseconds since the epoch: nobody waits for its turn any longer. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

const PLACES = 8;
const PLACES_OF_PEOPLE = 2;
const LONGEST_QUEUE = 1000;
const BUSY_MILLISECONDS = 5000;
/** So long what other nodes were told may be unknown here. */
const UNHEARD_MILLISECONDS = 1000;

export interface UpstreamMeans {
  readonly clock: Clock;
  /** Absent: there are no other nodes. */
  readonly pauses?: SharedPauses;
}

/** One upstream, as all requests of this process for one asker ask it. */
export class Upstream {
  readonly #facts: UpstreamFacts;
  readonly #clock: Clock;
  readonly #pauses: SharedPauses | undefined;
  readonly #budget: Budget;
  readonly #breaker: CircuitBreaker;
  readonly #turns = new Turns({ places: PLACES, placesOfPeople: PLACES_OF_PEOPLE, longestQueue: LONGEST_QUEUE });
  /** Aborted, and replaced, when something is known that may end a wait. */
  #news = new AbortController();
  #asking = 0;
  #heardAt = 0;

  constructor(facts: UpstreamFacts, { clock, pauses }: UpstreamMeans) {
    this.#facts = facts;
    this.#clock = clock;
    this.#pauses = pauses;
    this.#budget = new Budget(clock);
    this.#breaker = new CircuitBreaker({ clock });
  }

  get gauge(): BudgetGauge {
    return { ...this.#facts, ...this.#budget.gauge, breaker: this.#breaker.state };
  }

  get #name(): string {
    return this.#facts.upstream;
  }

  get isIdle(): boolean {
    return this.#asking === 0;
  }

  /**
   * Does one exchange when it may.
   *
   * @throws {UpstreamPausedError} it may not for longer than the caller waits.
   * @throws what the exchange throws.
   */
  async ask(asking: Asking, exchange: () => Promise<PlacedAnswer>): Promise<PlacedAnswer> {
    this.#asking += 1;
    try {
      this.#refuseWhileFailing(asking);
      await this.#hear();
      const spending = await this.#spend(asking);
      try {
        using _turn = await this.#turn(asking);
        return await this.#exchange(asking, exchange, spending);
      } finally {
        spending.settle(undefined);
        this.#tell();
      }
    } finally {
      this.#asking -= 1;
    }
  }

  async #exchange(asking: Asking, exchange: () => Promise<PlacedAnswer>, spending: Spending): Promise<PlacedAnswer> {
    // It may have failed while we waited.
    this.#refuseWhileFailing(asking);
    this.#breaker.enter();
    try {
      const answer = await exchange();
      const before = this.#budget.pausedUntil;
      spending.settle(answer);
      if (this.#budget.pausedUntil > before) this.#say();
      if (answer.status >= 500) this.#breaker.fail();
      else this.#breaker.succeed();
      return answer;
    } catch (error) {
      if (isItsFault(error, asking.signal)) this.#breaker.fail(error);
      else this.#breaker.letGo();
      throw error;
    }
  }

  /** What other nodes were told. Where that cannot be found out, the upstream tells us as well. */
  async #hear(): Promise<void> {
    const now = this.#clock.now();
    if (this.#pauses === undefined || now < this.#heardAt + UNHEARD_MILLISECONDS) return;
    this.#heardAt = now;
    const until = await this.#pauses.find(this.#name).catch(() => undefined);
    if (until !== undefined) this.#budget.pause(until);
  }

  /** Nobody waits for it: what is not told to the others, each of them is told by the upstream. */
  #say(): void {
    this.#pauses?.tell(this.#name, this.#budget.pausedUntil).catch(() => undefined);
  }

  #refuseWhileFailing({ isInsistent }: Asking): void {
    const until = this.#breaker.closedUntil(isInsistent);
    if (until === undefined) return;
    const { lastFailure } = this.#breaker;
    throw new UpstreamPausedError(this.#name, 'failing', new Date(until), { cause: lastFailure });
  }

  async #spend({ cost, priority, deadline, signal }: Asking): Promise<Spending> {
    for (;;) {
      signal.throwIfAborted();
      const spending = this.#budget.spend(cost, priority);
      if ('settle' in spending) return spending;
      const { reason, until } = spending;
      if (until > deadline) throw new UpstreamPausedError(this.#name, reason, new Date(until));
      await this.#wait(until, signal);
    }
  }

  /** Until then, or until there is news. */
  async #wait(until: number, signal: AbortSignal): Promise<void> {
    const news = this.#news.signal;
    try {
      await this.#clock.sleep(Math.max(1, until - this.#clock.now()), AbortSignal.any([signal, news]));
    } catch (error) {
      signal.throwIfAborted();
      if (!news.aborted) throw error;
    }
  }

  #tell(): void {
    this.#news.abort();
    this.#news = new AbortController();
  }

  /** @throws {UpstreamPausedError} too many wait, or it takes too long. */
  async #turn({ priority, deadline, signal }: Asking): Promise<Disposable> {
    const now = this.#clock.now();
    const busy = new UpstreamPausedError(this.#name, 'busy', new Date(now + BUSY_MILLISECONDS));
    if (this.#turns.isFull) throw busy;
    if (this.#turns.hasPlace(priority)) return await this.#turns.take(priority, signal);
    const patience = new AbortController();
    const hurry = new AbortController();
    // Whichever comes first stops the other: a turn, or the end of patience.
    this.#clock.sleep(Math.max(0, deadline - now), hurry.signal).then(
      () => patience.abort(busy),
      () => undefined,
    );
    try {
      return await this.#turns.take(priority, AbortSignal.any([signal, patience.signal]));
    } finally {
      hurry.abort();
    }
  }
}

/** Whether a failure says that the other end is not well. A certificate that is not believed here says nothing of that. */
function isItsFault(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof EgressDeniedError || !(error instanceof EgressFailedError)) return false;
  return error.reason !== 'tls' && error.reason !== 'too-large';
}
