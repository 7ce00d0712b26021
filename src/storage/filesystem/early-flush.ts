import { failureCode } from './storage-failure.ts';
import type { DiskThreads } from './threads/disk-threads.ts';

/** How much may wait to be flushed before a flush begins, in bytes: the disk is kept busy while bytes still arrive. */
const FLUSH_BYTES = 8 * 1024 * 1024;

/**
 * Sends an upload to the disk while it arrives, so that the flush at its commit is short. The kernel by itself would only
 * begin after seconds, or gigabytes.
 */
export class EarlyFlush {
  readonly #path: string;
  readonly #threads: DiskThreads;
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(path: string, threads: DiskThreads) {
    this.#path = path;
    this.#threads = threads;
  }

  written(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= FLUSH_BYTES) this.begin();
  }

  /** Flushes what was written, unless a flush is running: then the next one takes it. */
  begin(): void {
    if (this.#running !== undefined) return;
    this.#waitingBytes = 0;
    this.#running = this.#flush();
  }

  /** @throws a flush that failed: the bytes it was to save are lost, and the upload with them. */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  async #flush(): Promise<void> {
    try {
      await this.#threads.flush(this.#path);
    } catch (error) {
      // Aborted, or committed by a name of its own: whoever did that knows.
      if (failureCode(error) !== 'ENOENT') this.#failure ??= { reason: error };
    } finally {
      this.#running = undefined;
    }
  }
}
