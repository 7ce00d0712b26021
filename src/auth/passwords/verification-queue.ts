import { RateLimitedError } from '../../oci/errors.ts';

export interface VerificationQueueOptions {
  /** How many passwords are checked at once. Each keeps a core busy and, with argon2, 19 MiB of memory. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly capacity: number;
}

/** Bounds the work of checking passwords, whoever sends them. First come, first served. */
export class VerificationQueue {
  readonly #options: VerificationQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: VerificationQueueOptions) {
    this.#options = options;
  }

  /** @throws {RateLimitedError} too many wait already. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#enter();
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= this.#options.capacity) throw new RateLimitedError(1, 'too many logins at once');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The place goes to the next in line, if there is one. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
