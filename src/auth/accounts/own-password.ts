import type { Actor } from '../../metadata/actor.ts';
import type { Client } from '../authenticator.ts';
import { basicAuthorization } from '../credentials/credential.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import type { Identity } from '../identity.ts';
import { isUserId } from '../principal.ts';
import { AccountProtectedError, AccountUnknownError } from './account-errors.ts';
import type { Users } from './users.ts';

export interface OwnPasswordOptions {
  readonly users: Pick<Users, 'get' | 'changePassword'>;
  readonly authenticator: {
    identify(authorization: string | null, client: Client): Identity | Promise<Identity>;
  };
}

export interface OwnPasswordChange {
  readonly identity: Identity;
  readonly current: string;
  readonly password: string;
}

/** Passwords that people change themselves. */
export class OwnPassword {
  readonly #options: OwnPasswordOptions;

  constructor(options: OwnPasswordOptions) {
    this.#options = options;
  }

  /** Not that of a token, nor one that the configuration or the htpasswd file says. */
  async isChangeable({ principal, isDelegated }: Pick<Identity, 'principal' | 'isDelegated'>): Promise<boolean> {
    if (isDelegated || !isUserId(principal.id)) return false;
    try {
      return !(await this.#options.users.get(principal.name)).isConfigured;
    } catch (error) {
      if (error instanceof AccountUnknownError) return false;
      throw error;
    }
  }

  /**
   * The session it is changed in goes on; every other one ends.
   *
   * @throws {CredentialsRefusedError} the current password is another one.
   * @throws {RateLimitedError} too many failures.
   * @throws {AccountProtectedError} it is not whoever asks who says what the password is.
   * @throws {PasswordRefusedError}
   */
  async change({ identity, current, password }: OwnPasswordChange, actor: Actor): Promise<void> {
    const { users, authenticator } = this.#options;
    const { principal, sessionId } = identity;
    if (!(await this.isChangeable(identity))) {
      throw new AccountProtectedError('This account has no password that could be changed here.');
    }
    const source = actor.source ?? '';
    const shown = await authenticator.identify(basicAuthorization(principal.name, current), { source });
    if (shown.principal.id !== principal.id) throw new CredentialsRefusedError();
    await users.changePassword(principal.name, password, actor, sessionId);
  }
}
