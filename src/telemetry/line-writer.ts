import { write, writeSync } from 'node:fs';

/** How long a line may wait for others to share its system call, in milliseconds. */
const FLUSH_MILLISECONDS = 100;
/** As much as a pipe takes at once. */
const FLUSH_CHARACTERS = 64 * 1024;
/** When whoever reads our output stops, memory must not grow for it, nor may requests wait: lines are dropped and counted. */
const MOST_WAITING_CHARACTERS = 8 * 1024 * 1024;

/**
 * Lines on their way to a file descriptor, many to a system call. Nobody waits for them: the reader may be slow,
 * and a request must not be. What is waiting when the process exits is written then.
 */
export class LineWriter {
  readonly #fd: number;
  #waiting = '';
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dropped = 0;
  readonly #onExit = (): void => this.#writeRest();

  /** @param fd 1 is the standard output. */
  constructor(fd: number) {
    this.#fd = fd;
    process.on('exit', this.#onExit);
  }

  /** @param line with its line feed. */
  write(line: string): void {
    if (this.#waiting.length > MOST_WAITING_CHARACTERS) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += line;
    if (this.#waiting.length >= FLUSH_CHARACTERS) this.#startWriting();
    else this.#timer ??= setTimeout(() => this.#startWriting(), FLUSH_MILLISECONDS);
  }

  /** Resolves when everything written so far is with the operating system. */
  async flush(): Promise<void> {
    while (this.#waiting !== '' || this.#running !== undefined) {
      this.#startWriting();
      await this.#running;
    }
  }

  /** Flushes and lets go. Lines written afterwards are lost. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    process.off('exit', this.#onExit);
  }

  #startWriting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#writeWaiting().finally(() => {
      this.#running = undefined;
      if (this.#waiting !== '') this.#timer ??= setTimeout(() => this.#startWriting(), FLUSH_MILLISECONDS);
    });
  }

  async #writeWaiting(): Promise<void> {
    const bytes = Buffer.from(this.#takeWaiting());
    let from = 0;
    while (from < bytes.byteLength) {
      const written = await writeSome(this.#fd, bytes.subarray(from));
      if (written === 'failed') return;
      // A pipe in non-blocking mode is full: its reader gets a moment.
      if (written === 'full') await Bun.sleep(10);
      else from += written;
    }
  }

  #takeWaiting(): string {
    const lines = this.#waiting;
    const dropped = this.#dropped;
    this.#waiting = '';
    this.#dropped = 0;
    return dropped === 0
      ? lines
      : `${lines}${JSON.stringify({ level: 'warn', droppedLines: dropped, msg: 'log lines were dropped: their reader is too slow' })}\n`;
  }

  /** The last chance. A full pipe is waited for, but not for ever. */
  #writeRest(): void {
    const bytes = Buffer.from(this.#takeWaiting());
    const deadline = Date.now() + 500;
    let from = 0;
    while (from < bytes.byteLength && Date.now() < deadline) {
      try {
        from += writeSync(this.#fd, bytes, from);
      } catch (error) {
        if (!isFull(error)) return;
      }
    }
  }
}

/** Nobody reads our output any more: there is nobody to tell, and requests go on. */
function writeSome(fd: number, bytes: Uint8Array): Promise<number | 'full' | 'failed'> {
  return new Promise((resolve) => {
    write(fd, bytes, (error, written) => {
      if (error === null) resolve(written);
      else resolve(isFull(error) ? 'full' : 'failed');
    });
  });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
