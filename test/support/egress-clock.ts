import type { Clock } from '../../src/egress/clock.ts';

/** Time that goes on only when a test says so, or when somebody sleeps. */
export class EgressClock implements Clock {
  /** How long was slept, in milliseconds. */
  readonly slept: number[] = [];
  readonly #sleepers = new Set<{ readonly at: number; wake(): void }>();
  readonly #isPatient: boolean;
  #now = Date.parse('2026-03-01T12:00:00Z');

  /** @param options.isPatient whoever sleeps does so until {@link advance}. Default: whoever sleeps makes it later. */
  constructor({ isPatient = false }: { readonly isPatient?: boolean } = {}) {
    this.#isPatient = isPatient;
  }

  readonly now = (): number => this.#now;

  readonly random = (): number => 0;

  readonly sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.slept.push(milliseconds);
    if (!this.#isPatient) {
      this.#now += milliseconds;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + milliseconds, wake: resolve };
    this.#sleepers.add(sleeper);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
    }
  };

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
  }
}
