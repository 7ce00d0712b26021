import ipaddr from 'ipaddr.js';
import { BoundedMap } from '../bounded-map.ts';

export interface ThrottleOptions {
  readonly clock: () => Date;
  /** Wrong passwords that one source may send before it has to wait. Default 30. */
  readonly sourceFailures?: number;
  /** Wrong passwords for one account, from one source, before that source has to wait. Default 5. */
  readonly accountFailures?: number;
  /** Wrong passwords for one account, from anywhere, after which each source has one try. Default 50. */
  readonly attackedAccountFailures?: number;
  /** The first wait; each further failure doubles it. Default 1. */
  readonly firstWaitSeconds?: number;
  /** Default 300. */
  readonly longestWaitSeconds?: number;
  /** Failures are forgotten when none followed for so long. Default 900. */
  readonly forgetSeconds?: number;
  /** How many sources, accounts and pairs of both are remembered, each. Default 10 000. */
  readonly capacity?: number;
}

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  readonly waitUntil: number;
}

/**
 * Slows down whoever guesses passwords.
 *
 * Waits are imposed on a source, or on a source for an account: never on an account alone, so that nobody can lock a
 * user out from elsewhere. An account that is guessed at from many places leaves each new place a single try.
 */
export class LoginThrottle {
  readonly #options: Required<ThrottleOptions>;
  readonly #bySource: BoundedMap<string, Failures>;
  readonly #byAccount: BoundedMap<string, Failures>;
  readonly #byBoth: BoundedMap<string, Failures>;

  constructor(options: ThrottleOptions) {
    this.#options = {
      sourceFailures: 30,
      accountFailures: 5,
      attackedAccountFailures: 50,
      firstWaitSeconds: 1,
      longestWaitSeconds: 300,
      forgetSeconds: 900,
      capacity: 10_000,
      ...options,
    };
    this.#bySource = new BoundedMap(this.#options.capacity);
    this.#byAccount = new BoundedMap(this.#options.capacity);
    this.#byBoth = new BoundedMap(this.#options.capacity);
  }

  /** How long this source has to wait before it may try this account again, in seconds; 0 is not at all. */
  waitSeconds(source: string, account: string): number {
    const network = networkOf(source);
    const now = this.#options.clock().getTime();
    const until = Math.max(
      this.#bySource.get(network)?.waitUntil ?? 0,
      this.#byBoth.get(pairOf(network, account))?.waitUntil ?? 0,
    );
    return Math.max(0, Math.ceil((until - now) / 1000));
  }

  /** @returns how many failures this source has for this account, and how long it has to wait now, in seconds. */
  recordFailure(source: string, account: string): { readonly failures: number; readonly waitSeconds: number } {
    const network = networkOf(source);
    const { sourceFailures, accountFailures, attackedAccountFailures } = this.#options;
    const attacks = this.#count(this.#byAccount, accountKey(account), Number.POSITIVE_INFINITY);
    const allowed = attacks.count > attackedAccountFailures ? 1 : accountFailures;
    this.#count(this.#bySource, network, sourceFailures);
    const { count } = this.#count(this.#byBoth, pairOf(network, account), allowed);
    return { failures: count, waitSeconds: this.waitSeconds(source, account) };
  }

  /** A right password ends the suspicion against this source for this account, not for others. */
  recordSuccess(source: string, account: string): void {
    this.#byBoth.delete(pairOf(networkOf(source), account));
  }

  #count(failures: BoundedMap<string, Failures>, key: string, allowed: number): Failures {
    const { clock, firstWaitSeconds, longestWaitSeconds, forgetSeconds } = this.#options;
    const now = clock().getTime();
    const earlier = failures.get(key);
    const isRecent = earlier !== undefined && now - earlier.lastAt < forgetSeconds * 1000;
    const count = (isRecent ? earlier.count : 0) + 1;
    const wait = count < allowed ? 0 : Math.min(firstWaitSeconds * 2 ** (count - allowed), longestWaitSeconds);
    const next = { count, lastAt: now, waitUntil: now + wait * 1000 };
    failures.set(key, next);
    return next;
  }
}

/** A name may be as long as a header: what is kept of it is bounded, and longer than any real one. */
const ACCOUNT_CHARACTERS = 128;

function accountKey(account: string): string {
  return account.slice(0, ACCOUNT_CHARACTERS);
}

function pairOf(network: string, account: string): string {
  return `${network} ${accountKey(account)}`;
}

/** Whoever has one IPv6 address has the 2^64 beside it. */
function networkOf(source: string): string {
  if (!source.includes(':') || !ipaddr.isValid(source)) return source;
  const address = ipaddr.process(source);
  return address.kind() === 'ipv4' ? address.toString() : `${address.toByteArray().slice(0, 8).join('.')}/64`;
}
