import { randomBytes } from 'node:crypto';
import type { Database } from '../metadata/database.ts';
import { releaseLease, renewLease, takeLease, type LeaseClaim } from '../metadata/leases.ts';

export interface LeasesParts {
  readonly db: Database;
  /** This process: see {@link newNodeName}. */
  readonly node: string;
  readonly now: () => Date;
  /** A holder that died gives way so long after its last renewal. Default 60. */
  readonly seconds?: number;
  /** How often a lease is renewed while it is held. Default 20. */
  readonly renewSeconds?: number;
}

/** Work that is ours for now. */
export interface HeldLease {
  /** Aborts with a {@link LeaseLostError} when another node may have the work: whoever does it must stop at once. */
  readonly signal: AbortSignal;
  /** The work is done, or given up. Never fails: a lease that cannot be released ends by itself. */
  release(): Promise<void>;
}

export class LeaseLostError extends Error {
  constructor(name: string) {
    super(`the lease of "${name}" ended: another node may do this work now`);
    this.name = new.target.name;
  }
}

/**
 * Sees to it that one node at a time does some work. Nodes compare their clocks with times in the database, so these must
 * not differ by more than a few seconds.
 */
export class Leases {
  readonly #db: Database;
  readonly #node: string;
  readonly #now: () => Date;
  readonly #seconds: number;
  readonly #renewSeconds: number;

  constructor({ db, node, now, seconds = 60, renewSeconds = 20 }: LeasesParts) {
    this.#db = db;
    this.#node = node;
    this.#now = now;
    this.#seconds = seconds;
    this.#renewSeconds = renewSeconds;
  }

  get node(): string {
    return this.#node;
  }

  /**
   * @param restSeconds it is not had when the work began less than so long ago, on whatever node.
   * @returns `undefined` when another claim has the work, of this node or of another.
   */
  async take(name: string, restSeconds = 0): Promise<HeldLease | undefined> {
    const holder = `${this.#node} ${randomBytes(4).toString('hex')}`;
    const claim = { name, holder, seconds: this.#seconds, restSeconds };
    const takenAt = this.#now();
    return (await takeLease(this.#db, claim, takenAt)) ? this.#hold(claim, takenAt) : undefined;
  }

  #hold(claim: LeaseClaim, takenAt: Date): HeldLease {
    const controller = new AbortController();
    const lose = (): void => controller.abort(new LeaseLostError(claim.name));
    let endsAt = takenAt.getTime() + claim.seconds * 1000;
    let renewing: Promise<void> | undefined;
    const renew = async (): Promise<void> => {
      const now = this.#now();
      try {
        if (await renewLease(this.#db, claim, now)) endsAt = now.getTime() + claim.seconds * 1000;
        else lose();
      } catch {
        // The database may come back in time; the lease ends whether it does or not.
        if (this.#now().getTime() >= endsAt) lose();
      }
    };
    const timer = setInterval(() => {
      if (this.#now().getTime() >= endsAt) lose();
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
    }, this.#renewSeconds * 1000);
    timer.unref();
    return {
      signal: controller.signal,
      release: async () => {
        clearInterval(timer);
        await renewing;
        await releaseLease(this.#db, claim).catch(() => undefined);
      },
    };
  }
}
