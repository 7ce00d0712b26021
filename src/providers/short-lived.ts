/** Something that ends by itself, such as a token. */
export interface Ending {
  /** Absent: nobody knows; it is then kept for {@link UNKNOWN_LIFE_SECONDS}. */
  readonly expiresAt?: Date;
}

/** Shorter than any token that a registry gives out. */
const UNKNOWN_LIFE_SECONDS = 60;

/**
 * Keeps a token, and makes the next one when half of its life is over: a registry that does not answer just then has as
 * long again to come back before anybody notices.
 */
export class ShortLived<Value extends Ending> {
  readonly #make: (signal: AbortSignal) => Promise<Value>;
  readonly #now: () => number;
  #kept: { readonly value: Value; readonly renewAt: number; readonly endsAt: number } | undefined;

  /** @param now milliseconds since the epoch. */
  constructor(make: (signal: AbortSignal) => Promise<Value>, now: () => number) {
    this.#make = make;
    this.#now = now;
  }

  /** Of the one that is kept, milliseconds since the epoch; infinite while there is none. */
  get endsAt(): number {
    return this.#kept?.endsAt ?? Infinity;
  }

  /** The one that is kept, or a new one when that is due. While the old one counts, failing to replace it is no error. */
  async get(signal: AbortSignal): Promise<Value> {
    const kept = this.#kept;
    if (kept === undefined || kept.endsAt <= this.#now()) return await this.renew(signal);
    if (this.#now() < kept.renewAt) return kept.value;
    try {
      return await this.renew(signal);
    } catch {
      signal.throwIfAborted();
      return kept.value;
    }
  }

  /** A new one, whatever is kept: to find out whether it can be had at all. */
  async renew(signal: AbortSignal): Promise<Value> {
    const madeAt = this.#now();
    const value = await this.#make(signal);
    const endsAt = value.expiresAt?.getTime() ?? madeAt + UNKNOWN_LIFE_SECONDS * 1000;
    this.#kept = { value, endsAt, renewAt: madeAt + (endsAt - madeAt) / 2 };
    return value;
  }

  /** The registry did not take it: the next one is made when it is asked for. */
  drop(): void {
    this.#kept = undefined;
  }
}
