/** What is written at once, in bytes: larger is not faster. */
const MAX_BATCH_BYTES = 512 * 1024;

/** The least worth a system call, in bytes; what one read of a socket gives. */
const MIN_BATCH_BYTES = 64 * 1024;

/** What all uploads together may gather before they write it, in bytes, until each is down to the least. */
const GATHERED_BYTES = 4 * 1024 * 1024;

/**
 * What may be on its way to files before nothing more is read from clients, in bytes: enough to keep a few writes going.
 * What is not read waits with the HTTP server, which keeps up to 2 MB for each connection, and then with the client.
 */
const WRITING_BYTES = 2 * 1024 * 1024;

/** Shares memory among the uploads of a store, so that it does not grow with their number. */
export class WriteBudget {
  #writers = 0;
  #writingBytes = 0;
  readonly #waiting: (() => void)[] = [];
  #isWaking = false;

  join(): void {
    this.#writers += 1;
  }

  leave(): void {
    this.#writers -= 1;
  }

  /** How much one upload gathers before it writes. */
  get batchBytes(): number {
    return Math.max(MIN_BATCH_BYTES, Math.min(MAX_BATCH_BYTES, GATHERED_BYTES / this.#writers));
  }

  begin(bytes: number): void {
    this.#writingBytes += bytes;
  }

  end(bytes: number): void {
    this.#writingBytes -= bytes;
    if (this.#waiting.length > 0 && !this.#isWaking) void this.#wake();
  }

  /** To be waited for before more is read. First come, first served. */
  room(): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#writingBytes < WRITING_BYTES) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Only what is being written counts, and that ends by itself: nobody ever waits for a client of somebody else. */
  async #wake(): Promise<void> {
    this.#isWaking = true;
    while (this.#writingBytes < WRITING_BYTES) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next();
      // If its client has sent something already, it is being written before the next one is asked.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isWaking = false;
  }
}
