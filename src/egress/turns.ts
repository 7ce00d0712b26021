import type { Priority } from './upstream-http.ts';

interface Waiting {
  readonly priority: Priority;
  go(): void;
}

/** How many requests there may be at once. People come first, and some places are theirs alone. */
export class Turns {
  readonly #places: number;
  readonly #placesOfPeople: number;
  readonly #longestQueue: number;
  readonly #queue = new Set<Waiting>();
  #taken = 0;

  constructor({
    places,
    placesOfPeople,
    longestQueue,
  }: {
    readonly places: number;
    readonly placesOfPeople: number;
    readonly longestQueue: number;
  }) {
    this.#places = places;
    this.#placesOfPeople = placesOfPeople;
    this.#longestQueue = longestQueue;
  }

  get isFull(): boolean {
    return this.#queue.size >= this.#longestQueue;
  }

  /** A place, once there is one; it must be disposed of. Rejects with the reason of the signal, when that is aborted. */
  async take(priority: Priority, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (!this.hasPlace(priority)) await this.#queued(priority, signal);
    else this.#taken += 1;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#taken -= 1;
        this.#next();
      },
    };
  }

  /** Whether a turn would be given at once. */
  hasPlace(priority: Priority): boolean {
    return this.#taken < (priority === 'interactive' ? this.#places : this.#places - this.#placesOfPeople);
  }

  async #queued(priority: Priority, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { priority, go: resolve };
    const onAbort = (): void => {
      if (this.#queue.delete(waiting)) reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue.add(waiting);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #next(): void {
    for (const priority of ['interactive', 'background'] as const) {
      for (const waiting of this.#queue) {
        if (waiting.priority !== priority || !this.hasPlace(priority)) continue;
        this.#queue.delete(waiting);
        this.#taken += 1;
        waiting.go();
      }
    }
  }
}
