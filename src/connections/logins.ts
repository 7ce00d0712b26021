import type { Account } from '../providers/account.ts';
import { Login } from './login.ts';

interface Known {
  readonly login: Login;
  readonly at: number;
}

/** What Docker logs in with at one registry, kept in memory alone: one that ends is replaced when half its life is over. */
export class Logins {
  readonly #account: Pick<Account, 'login'>;
  readonly #now: () => Date;
  #known: Known | undefined;
  #asking: Promise<Login> | undefined;

  constructor(account: Pick<Account, 'login'>, now: () => Date) {
    this.#account = account;
    this.#now = now;
  }

  /** When the one that is known is to be replaced; `undefined`: none is known, or it does not end. */
  get renewAt(): Date | undefined {
    const expiresAt = this.#known?.login.expiresAt;
    if (this.#known === undefined || expiresAt === undefined) return undefined;
    return new Date(this.#known.at + (expiresAt.getTime() - this.#known.at) / 2);
  }

  /**
   * One that lives. A new one that cannot be had while the old one still does is no error here: {@link renew} tells of
   * it.
   *
   * @throws {ProviderError}
   */
  async get(signal: AbortSignal): Promise<Login> {
    const { renewAt } = this;
    if (renewAt !== undefined && this.#known !== undefined && this.#now() < renewAt) return this.#known.login;
    try {
      return await this.renew(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { login } = this.#known ?? {};
      if (login?.expiresAt === undefined || login.expiresAt.getTime() - this.#now().getTime() < LEAST_LEFT) throw error;
      return login;
    }
  }

  /** A new one, whatever is known. Several who ask at once get the same. @throws {ProviderError} */
  async renew(signal: AbortSignal): Promise<Login> {
    signal.throwIfAborted();
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#asking, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Not by the signal of one of those who wait for it. */
  async #ask(): Promise<Login> {
    const at = this.#now().getTime();
    const login = new Login(await this.#account.login(AbortSignal.timeout(MOST_SECONDS * 1000)));
    this.#known = { login, at };
    return login;
  }
}

/** Whoever gets it has to be able to use it, in milliseconds. */
const LEAST_LEFT = 60_000;
const MOST_SECONDS = 45;
