import { RateLimitedError } from '../../oci/errors.ts';
import { BoundedMap } from '../bounded-map.ts';
import { CredentialsRefusedError } from './refusal.ts';

interface Refusal {
  readonly refusal: CredentialsRefusedError;
  /** The refusal holds as long as nothing changed since. */
  readonly epoch: number;
  readonly repeats: number;
  readonly lastAt: number;
  readonly waitUntil: number;
}

export interface RefusedCredentialsOptions {
  readonly clock: () => Date;
  readonly capacity: number;
}

/** How often the same wrong credential is answered before its sender has to wait. */
const FREE_REPEATS = 10;
const LONGEST_WAIT_SECONDS = 300;
const FORGET_SECONDS = 900;

/**
 * Credentials that were wrong, by keyed hash. Sending one again is no new guess: it costs no check of a password and
 * counts against nobody else, so that a machine left with an old password does not shut out its neighbours.
 */
export class RefusedCredentials {
  readonly #clock: () => Date;
  readonly #byKey: BoundedMap<string, Refusal>;

  constructor({ clock, capacity }: RefusedCredentialsOptions) {
    this.#clock = clock;
    this.#byKey = new BoundedMap(capacity);
  }

  /** Was it refused a short time ago, whatever has changed since? */
  has(key: string): boolean {
    return this.#recent(key) !== undefined;
  }

  /**
   * Returns when the credential was not refused, or something changed since: it has to be checked.
   *
   * @throws {CredentialsRefusedError} it is known to be wrong.
   * @throws {RateLimitedError} and it comes too often.
   */
  check(key: string, epoch: number): void {
    const known = this.#recent(key);
    if (known === undefined || known.epoch !== epoch) return;
    const now = this.#clock().getTime();
    if (now < known.waitUntil) throw waitFor(known.waitUntil - now);
    const repeats = known.repeats + 1;
    const waitSeconds = repeats < FREE_REPEATS ? 0 : Math.min(2 ** (repeats - FREE_REPEATS), LONGEST_WAIT_SECONDS);
    this.#byKey.set(key, { ...known, repeats, lastAt: now, waitUntil: now + waitSeconds * 1000 });
    throw known.refusal;
  }

  record(key: string, epoch: number, refusal: CredentialsRefusedError): void {
    const repeats = this.#recent(key)?.repeats ?? 0;
    this.#byKey.set(key, { refusal, epoch, repeats, lastAt: this.#clock().getTime(), waitUntil: 0 });
  }

  #recent(key: string): Refusal | undefined {
    const known = this.#byKey.get(key);
    return known !== undefined && this.#clock().getTime() - known.lastAt < FORGET_SECONDS * 1000 ? known : undefined;
  }
}

function waitFor(milliseconds: number): RateLimitedError {
  return new RateLimitedError(milliseconds / 1000, 'these credentials were refused too often');
}
