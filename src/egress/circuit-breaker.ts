import type { Clock } from './clock.ts';

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** After so many failures in a row nobody asks any more. Default 5. */
  readonly failures?: number;
  /** The first pause. Each one after it that ends in a failure is twice as long. Default 5. */
  readonly firstPauseSeconds?: number;
  /** Default 300. */
  readonly longestPauseSeconds?: number;
}

/**
 * Leaves alone what fails again and again. After a pause one request is let through: its success ends the pause, its
 * failure begins a longer one.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #failures: number;
  readonly #firstPauseMilliseconds: number;
  readonly #longestPauseMilliseconds: number;
  #failedInARow = 0;
  #pauses = 0;
  #openUntil: number | undefined;
  #isProbing = false;
  #lastFailure: unknown;

  constructor({ clock, failures = 5, firstPauseSeconds = 5, longestPauseSeconds = 300 }: CircuitBreakerOptions) {
    this.#clock = clock;
    this.#failures = failures;
    this.#firstPauseMilliseconds = firstPauseSeconds * 1000;
    this.#longestPauseMilliseconds = longestPauseSeconds * 1000;
  }

  get state(): 'closed' | 'half-open' | 'open' {
    if (this.#openUntil === undefined) return 'closed';
    return this.#isProbing || this.#openUntil <= this.#clock.now() ? 'half-open' : 'open';
  }

  /** Why nobody asks, where that is known. */
  get lastFailure(): unknown {
    return this.#lastFailure;
  }

  /**
   * Until when nobody may ask; `undefined`: one may.
   *
   * @param isInsistent whether somebody wants to know although it fails: one such request at a time is let through.
   */
  closedUntil(isInsistent: boolean): number | undefined {
    if (this.#openUntil === undefined) return undefined;
    const now = this.#clock.now();
    if (this.#isProbing) return Math.max(this.#openUntil, now + 1000);
    return isInsistent || this.#openUntil <= now ? undefined : this.#openUntil;
  }

  /** Lets a request through, which must be followed by {@link succeed}, {@link fail} or {@link letGo}. */
  enter(): void {
    if (this.#openUntil !== undefined) this.#isProbing = true;
  }

  succeed(): void {
    this.#failedInARow = 0;
    this.#pauses = 0;
    this.#openUntil = undefined;
    this.#isProbing = false;
    this.#lastFailure = undefined;
  }

  fail(failure?: unknown): void {
    this.#failedInARow += 1;
    this.#lastFailure = failure;
    const isOpening = this.#isProbing || (this.#openUntil === undefined && this.#failedInARow >= this.#failures);
    this.#isProbing = false;
    if (!isOpening) return;
    const longest = Math.min(this.#longestPauseMilliseconds, this.#firstPauseMilliseconds * 2 ** this.#pauses);
    this.#pauses += 1;
    this.#openUntil = this.#clock.now() + longest * (0.75 + this.#clock.random() / 4);
  }

  /** It came to nothing that says how the other end is. */
  letGo(): void {
    this.#isProbing = false;
  }
}
