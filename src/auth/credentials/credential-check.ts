import type { Account } from '../account.ts';
import { ceilingOf } from '../bearer/access.ts';
import type { BearerTokens } from '../bearer/bearer-tokens.ts';
import type { Credential } from './credential.ts';
import type { Ceiling, Scheme } from '../identity.ts';
import type { PasswordRecord } from '../accounts/live-accounts.ts';
import type { LoginFailure } from '../passwords/login-failure.ts';
import type { PasswordLogin } from '../passwords/password-login.ts';
import { CredentialsRefusedError } from './refusal.ts';

export interface CredentialCheckOptions {
  readonly accounts: {
    find(id: string): Promise<Account | undefined>;
    findBySecret(secret: string): Promise<Account | undefined>;
  };
  readonly passwords: Pick<PasswordLogin, 'verify'>;
  readonly bearer: Pick<BearerTokens, 'verify'>;
  readonly onFailure: (failure: LoginFailure) => void;
}

/** What is known about the credential besides what it says. */
export interface CredentialContext {
  readonly source: string;
  readonly wasRight: boolean;
  readonly wasWrong: boolean;
  readonly acceptExpiredSeconds: number;
}

/** A credential that is right, and whose it is. */
export interface CheckedCredential {
  readonly account: Account;
  readonly scheme: Scheme;
  readonly ceiling?: Ceiling;
  /** When the credential ends by itself, if it does. */
  readonly expiresAt?: Date;
  readonly expired: boolean;
}

/** Checks a credential against the facts: everything that {@link Authenticator} then remembers. */
export class CredentialCheck {
  readonly #options: CredentialCheckOptions;

  constructor(options: CredentialCheckOptions) {
    this.#options = options;
  }

  /**
   * @throws {CredentialsRefusedError}
   * @throws {RateLimitedError}
   */
  async check(credential: Credential, context: CredentialContext): Promise<CheckedCredential> {
    switch (credential.kind) {
      case 'password':
        return this.#checkPassword(credential, context);
      case 'token':
        return this.#checkToken(credential, context);
      case 'bearer':
        return this.#checkBearer(credential.token, context.acceptExpiredSeconds);
    }
  }

  /** @throws {CredentialsRefusedError} removed, revoked, expired, or of another generation by now. */
  async read(accountId: string, generation: string): Promise<Account> {
    const account = await this.#options.accounts.find(accountId);
    if (account === undefined || account.generation !== generation) throw new CredentialsRefusedError();
    return account;
  }

  async #checkPassword(
    { username, password }: Extract<Credential, { kind: 'password' }>,
    { source, wasRight, wasWrong }: CredentialContext,
  ): Promise<CheckedCredential> {
    const attempt = { username, password, source, wasRight, wasWrong };
    const record: PasswordRecord = await this.#options.passwords.verify(attempt);
    return { account: await this.read(record.accountId, record.generation), scheme: 'basic', expired: false };
  }

  /** 256 random bits cannot be guessed, so these failures are told, but slow nobody down. */
  async #checkToken(
    { secret, scheme, username }: Extract<Credential, { kind: 'token' }>,
    { source, wasWrong }: CredentialContext,
  ): Promise<CheckedCredential> {
    const { accounts, onFailure } = this.#options;
    const account = await accounts.findBySecret(secret);
    if (account === undefined) {
      if (!wasWrong) onFailure({ kind: 'token', source, account: username, failures: 1, waitSeconds: 0 });
      throw new CredentialsRefusedError();
    }
    const end = account.expiresAt;
    return { account, scheme, expired: false, ...(end === undefined ? {} : { expiresAt: end }) };
  }

  async #checkBearer(token: string, acceptExpiredSeconds: number): Promise<CheckedCredential> {
    const claims = await this.#options.bearer.verify(token, acceptExpiredSeconds);
    const account = await this.read(claims.principalId, claims.generation).catch((error: unknown) => {
      throw error instanceof CredentialsRefusedError
        ? new CredentialsRefusedError({ message: 'the bearer token is not valid any more', error: 'invalid_token' })
        : error;
    });
    const end = Math.min(claims.expiresAt.getTime(), account.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
    const ceiling = ceilingOf(claims.access);
    return { account, scheme: 'bearer', ceiling, expiresAt: new Date(end), expired: claims.isExpired };
  }
}
