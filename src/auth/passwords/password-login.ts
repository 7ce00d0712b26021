import { RateLimitedError } from '../../oci/errors.ts';
import type { PasswordRecord } from '../accounts/live-accounts.ts';
import type { LoginFailure } from './login-failure.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { isTooLongForBcrypt } from './password.ts';
import type { VerificationQueue } from './verification-queue.ts';

export interface PasswordLoginOptions {
  readonly accounts: {
    findPassword(username: string): Promise<PasswordRecord | undefined>;
    readonly decoy: string;
  };
  readonly verify: (password: string, hash: string) => Promise<boolean>;
  readonly throttle: LoginThrottle;
  readonly queue: VerificationQueue;
  readonly onFailure: (failure: LoginFailure) => void;
}

export interface PasswordAttempt {
  readonly username: string;
  readonly password: string;
  readonly source: string;
  /** These very credentials were right a while ago: nobody is guessing. */
  readonly wasRight: boolean;
  /** These very credentials were wrong a while ago: that is counted already. */
  readonly wasWrong: boolean;
}

/** Checks names and passwords, slowly for those who guess, and at the same cost whether or not the user exists. */
export class PasswordLogin {
  readonly #options: PasswordLoginOptions;

  constructor(options: PasswordLoginOptions) {
    this.#options = options;
  }

  /**
   * @throws {CredentialsRefusedError} no such user, or not that password.
   * @throws {RateLimitedError} too many failures, or too many logins at once.
   */
  async verify(attempt: PasswordAttempt): Promise<PasswordRecord> {
    this.#throttle(attempt);
    return this.#options.queue.run(() => {
      // While this one waited, others of its kind may have failed.
      this.#throttle(attempt);
      return this.#check(attempt);
    });
  }

  #throttle({ source, username, wasRight }: PasswordAttempt): void {
    if (wasRight) return;
    const waitSeconds = this.#options.throttle.waitSeconds(source, username);
    if (waitSeconds > 0) throw new RateLimitedError(waitSeconds, 'too many failed logins');
  }

  async #check(attempt: PasswordAttempt): Promise<PasswordRecord> {
    const { accounts, verify, throttle } = this.#options;
    const { username, password, source } = attempt;
    const record = await accounts.findPassword(username);
    const isRight = await verify(password, record?.hash ?? accounts.decoy);
    if (record !== undefined && isRight) {
      throttle.recordSuccess(source, username);
      return record;
    }
    throw this.#refuse(attempt);
  }

  #refuse({ username, password, source, wasWrong }: PasswordAttempt): CredentialsRefusedError {
    const { throttle, onFailure } = this.#options;
    if (!wasWrong)
      onFailure({ kind: 'password', source, account: username, ...throttle.recordFailure(source, username) });
    // Said to everybody who sends such a password, so that it tells nothing about the user.
    return isTooLongForBcrypt(password)
      ? new CredentialsRefusedError({
          message: 'invalid credentials (with an htpasswd file, passwords have at most 72 bytes)',
        })
      : new CredentialsRefusedError();
  }
}
