import type { Clock } from './clock.ts';
import { type Answer, onceOf, pauseOf, type RateLimit, rateLimitOf } from './rate-limits.ts';
import type { PauseReason } from './upstream-paused-error.ts';
import type { BudgetGauge, Priority, UpstreamFacts } from './upstream-http.ts';

/** The part of a budget that is left to people. */
const RESERVED_PART = 0.2;
/** What goes on by itself slows down when less than this part is left. */
const SLOWED_PART = 0.5;
/** How long nothing is asked where nobody says when more may be. */
const UNKNOWN_MILLISECONDS = 60_000;

export interface Delay {
  readonly reason: PauseReason;
  readonly until: number;
}

/** Asked for, and not answered yet. */
export interface Spending {
  /** @param answer `undefined`: there was none. */
  settle(answer: Answer | undefined): void;
}

/** How much an upstream lets us ask, as it says itself: nothing is asked that it would refuse. */
export class Budget {
  readonly #clock: Clock;
  #said: RateLimit | undefined;
  /** When {@link #said} was said. */
  #saidAt = 0;
  #pausedUntil = 0;
  /** What is asked and not answered yet costs. */
  #inFlight = 0;
  #lastInBackground = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get gauge(): Omit<BudgetGauge, keyof UpstreamFacts | 'breaker'> {
    const now = this.#clock.now();
    const isOver = (this.#said?.resetsAt ?? now) <= now;
    return {
      limit: this.#said?.limit,
      remaining: this.#remaining(now),
      resetsAt: isOver || this.#said?.resetsAt === undefined ? undefined : new Date(this.#said.resetsAt),
      pausedUntil: this.#pausedUntil > now ? new Date(this.#pausedUntil) : undefined,
    };
  }

  /** Milliseconds since the epoch; long ago: nobody asked for a pause. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** Somebody else was asked for a pause that is for all of us. */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Spends some of it, or says why not, and until when. */
  spend(cost: number, priority: Priority): Spending | Delay {
    const now = this.#clock.now();
    const delay = this.#delay(cost, priority, now);
    if (delay !== undefined) return delay;
    if (priority === 'background') this.#lastInBackground = now;
    this.#inFlight += cost;
    let isOpen = true;
    return {
      settle: (answer) => {
        if (!isOpen) return;
        isOpen = false;
        this.#inFlight -= cost;
        if (answer !== undefined) this.#learn(answer);
      },
    };
  }

  #delay(cost: number, priority: Priority, now: number): Delay | undefined {
    if (this.#pausedUntil > now) return { reason: 'asked', until: this.#pausedUntil };
    const remaining = this.#remaining(now);
    if (cost === 0 || remaining === undefined) return undefined;
    const limit = this.#said?.limit ?? remaining;
    const reserve = priority === 'background' ? Math.floor(limit * RESERVED_PART) : 0;
    const left = remaining - this.#inFlight - reserve;
    // What costs more than there ever is waits for all there is.
    if (left < Math.max(1, Math.min(cost, limit - reserve))) {
      return { reason: left + reserve >= cost ? 'reserve' : 'budget', until: this.#moreAt(now) };
    }
    if (priority === 'interactive' || remaining >= limit * SLOWED_PART) return undefined;
    const next = this.#lastInBackground + this.#pace(left / cost, now);
    return next > now ? { reason: 'reserve', until: next } : undefined;
  }

  /** As far as is known: less than was said, when others of our machines ask, too. */
  #remaining(now: number): number | undefined {
    if (this.#said === undefined) return undefined;
    const { limit, remaining } = this.#said;
    if (this.#moreAt(now) > now) return remaining + this.#slidIn(now);
    return limit;
  }

  /** A window that slides lets one more request through from time to time. */
  #slidIn(now: number): number {
    const once = onceOf(this.#said);
    return once === undefined || this.#said?.resetsAt !== undefined ? 0 : Math.floor((now - this.#saidAt) / once);
  }

  /** When there is more than now. */
  #moreAt(now: number): number {
    if (this.#said?.resetsAt !== undefined) return this.#said.resetsAt;
    const once = onceOf(this.#said);
    if (once === undefined) return this.#saidAt + UNKNOWN_MILLISECONDS;
    const { limit = 0, remaining = 0 } = this.#said ?? {};
    const slidIn = this.#slidIn(now);
    return this.#saidAt + once * Math.min(limit - remaining, slidIn + 1);
  }

  /** How far apart requests are, so that what is left lasts. */
  #pace(requests: number, now: number): number {
    if (this.#said?.resetsAt !== undefined) return (this.#said.resetsAt - now) / requests;
    return onceOf(this.#said) ?? UNKNOWN_MILLISECONDS / requests;
  }

  #learn(answer: Answer): void {
    const now = this.#clock.now();
    const pause = pauseOf(answer, now);
    if (pause !== undefined) this.pause(pause);
    const said = rateLimitOf(answer, now);
    if (said === undefined) return;
    // Answers may overtake each other: while others are on their way, less is what counts.
    const isOvertaken = this.#inFlight > 0 && this.#isOfThisWindow(said, now);
    const known = isOvertaken ? this.#remaining(now) : undefined;
    this.#said = { ...said, remaining: Math.min(known ?? said.remaining, said.remaining) };
    this.#saidAt = now;
  }

  #isOfThisWindow(said: RateLimit, now: number): boolean {
    if (this.#said?.limit !== said.limit) return false;
    return said.resetsAt === undefined || said.resetsAt <= Math.max(now, this.#said?.resetsAt ?? 0) + 1000;
  }
}
