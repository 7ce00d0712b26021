/** Who may be asked to give memory back. */
export interface Keeper {
  /** Bytes it could do without, because S3 has them. */
  readonly keptBytes: number;
  drop(): void;
}

/** Somebody who receives bytes into a part. */
export interface Filler {
  /** Of the part that is being filled. */
  readonly filledBytes: number;
}

/** How long a client may hold up the others, in milliseconds: from then on it does not count. */
const PATIENCE_MILLISECONDS = 1_000;

/** How far the limit is exceeded while something is on its way, in bytes. */
const EXCESS_BYTES = 16 * 1024 * 1024;

/**
 * Shares memory among all uploads of a store. A part can only be sent when it is full, so that many uploads with half a
 * part each could wait for each other: then the one that lacks least goes on alone.
 */
export class UploadMemory {
  readonly #limitBytes: number;
  #bytes = 0;
  #sendingBytes = 0;
  readonly #waiting = new Map<Filler, () => void>();
  readonly #keepers = new Set<Keeper>();
  /** Who goes on although there is no room. */
  #runner: Filler | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** In use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory that is used from now on. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limitBytes) this.#dropKept();
  }

  /** @returns what to wait for before more is read from this client. */
  room(filler: Filler): Promise<void> | undefined {
    if (filler === this.#runner || (this.#bytes <= this.#limitBytes && this.#waiting.size === 0)) return undefined;
    return new Promise((resolve) => {
      this.#waiting.set(filler, resolve);
      this.#wake();
    });
  }

  /** A part is on its way: its memory comes back by itself. */
  sending(filler: Filler, bytes: number): void {
    this.#sendingBytes += bytes;
    if (filler === this.#runner) this.#endRun();
  }

  sent(bytes: number): void {
    this.#sendingBytes -= bytes;
    this.give(bytes);
  }

  /** Memory that is not needed any more. */
  give(bytes: number): void {
    this.#bytes -= bytes;
    this.#wake();
  }

  /** Its bytes stay taken as long as there is room for them. */
  keep(keeper: Keeper): void {
    this.#keepers.add(keeper);
    this.#wake();
  }

  unkeep(keeper: Keeper): void {
    this.#keepers.delete(keeper);
  }

  /** Receives no more. */
  leave(filler: Filler): void {
    this.#waiting.delete(filler);
    if (filler === this.#runner) this.#endRun();
    this.#wake();
  }

  #dropKept(): void {
    for (const keeper of this.#keepers) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#keepers.delete(keeper);
      this.#bytes -= keeper.keptBytes;
      keeper.drop();
    }
  }

  #endRun(): void {
    clearTimeout(this.#patience);
    this.#runner = undefined;
  }

  #wake(): void {
    this.#dropKept();
    while (this.#bytes <= this.#limitBytes) {
      const [next] = this.#waiting.keys();
      if (next === undefined) return;
      this.#resume(next);
    }
    if (this.#runner !== undefined) return;
    // What is being sent makes room in a moment; a little more is filled meanwhile, or the way to S3 would be idle.
    if (this.#sendingBytes > 0 && this.#bytes > this.#limitBytes + EXCESS_BYTES) return;
    this.#run();
  }

  #run(): void {
    const [fullest] = [...this.#waiting.keys()].toSorted((a, b) => b.filledBytes - a.filledBytes);
    if (fullest === undefined) return;
    this.#runner = fullest;
    this.#patience = setTimeout(() => {
      this.#runner = undefined;
      this.#wake();
    }, PATIENCE_MILLISECONDS);
    this.#resume(fullest);
  }

  #resume(filler: Filler): void {
    const resolve = this.#waiting.get(filler);
    this.#waiting.delete(filler);
    resolve?.();
  }
}
