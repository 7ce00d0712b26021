/** Ends an exchange in which nothing moves any more, however long it may take as a whole. */
export class Watchdog implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #fedAt = performance.now();
  #seconds: number;

  /** @param seconds without a sign of life. */
  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#timer = setInterval(() => this.#look(), Math.min(1000, seconds * 250));
    this.#timer.unref();
  }

  /** Aborted when nothing moved for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something moved. */
  feed(): void {
    this.#fedAt = performance.now();
  }

  /** It is our turn now, for as long as we like: until it is fed. */
  rest(): void {
    this.#fedAt = Infinity;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (performance.now() - this.#fedAt < this.#seconds * 1000) return;
    clearInterval(this.#timer);
    this.#controller.abort(new StalledError(this.#seconds));
  }
}

export class StalledError extends Error {
  constructor(seconds: number) {
    super(`nothing moved for ${seconds} seconds`);
    this.name = new.target.name;
  }
}

/** Whatever of them is there, as one. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
