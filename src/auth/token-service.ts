import { formatScope, parseScopes } from '../oci/scope.ts';
import type { Client } from './authenticator.ts';
import type { Account } from './account.ts';
import { grantAccess } from './bearer/access.ts';
import type { BearerTokens } from './bearer/bearer-tokens.ts';
import { basicAuthorization } from './credentials/credential.ts';
import { identityOf, type Identity } from './identity.ts';
import { CredentialsRefusedError } from './credentials/refusal.ts';

/** The JSON of a 200, named as the wire names it. */
export interface TokenReply {
  readonly token: string;
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** RFC 3339, UTC. */
  readonly issued_at: string;
  /** What was given of what was asked for. */
  readonly scope: string;
  readonly refresh_token?: string;
}

/** The JSON of a 400 (RFC 6749 §5.2). */
export interface TokenRefusal {
  readonly error: 'invalid_request' | 'unsupported_grant_type';
  readonly error_description: string;
}

export type TokenAnswer =
  | { readonly status: 200; readonly body: TokenReply }
  | { readonly status: 400; readonly body: TokenRefusal };

export interface TokenServiceOptions {
  readonly authenticator: {
    identify(authorization: string | null, client: Client): Identity | Promise<Identity>;
  };
  readonly accounts: { find(id: string): Promise<Account | undefined> };
  readonly bearer: BearerTokens;
  /** Learns what other nodes changed. Absent where nobody else changes anything. */
  readonly freshen?: () => Promise<void>;
}

/** Gives bearer tokens for credentials: `/token`, as Docker's clients ask for it. */
export class TokenService {
  readonly #options: TokenServiceOptions;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  /**
   * `GET /token?service=&scope=&account=&client_id=&offline_token=true`. Without credentials, a token for nobody.
   *
   * @throws {CredentialsRefusedError} wrong credentials: 401.
   * @throws {RateLimitedError}
   * @see distribution, docs/spec/auth/token.md
   */
  async get(query: URLSearchParams, authorization: string | null, source: string): Promise<TokenAnswer> {
    const account = await this.#accountOf(authorization, source);
    return this.#issue(account, { scopes: query.getAll('scope'), offline: query.get('offline_token') === 'true' });
  }

  /**
   * `POST /token`, a form: `grant_type=password` or `refresh_token`.
   *
   * @throws {CredentialsRefusedError} wrong credentials: 401.
   * @throws {RateLimitedError}
   * @see distribution, docs/spec/auth/oauth.md
   */
  async post(form: URLSearchParams, source: string): Promise<TokenAnswer> {
    const asked = { scopes: form.getAll('scope'), offline: form.get('access_type') === 'offline' };
    switch (form.get('grant_type')) {
      case 'password': {
        const username = form.get('username');
        const password = form.get('password');
        if (username === null || password === null) return invalid('username and password are needed');
        return this.#issue(await this.#accountOf(basicAuthorization(username, password), source), asked);
      }
      case 'refresh_token': {
        const refreshToken = form.get('refresh_token');
        if (refreshToken === null) return invalid('refresh_token is needed');
        return this.#issue(await this.#refreshedAccount(refreshToken), { ...asked, refreshToken });
      }
      default:
        return {
          status: 400,
          body: { error: 'unsupported_grant_type', error_description: 'grant_type is password or refresh_token' },
        };
    }
  }

  /** The account as it is now, and only if it is still of the generation that the credential was checked for. */
  async #accountOf(authorization: string | null, source: string): Promise<Account> {
    const identity = await this.#options.authenticator.identify(authorization, { source });
    // A token that could ask for the next one would never end, and its scopes could grow.
    if (identity.isDelegated) {
      throw new CredentialsRefusedError({ message: 'a bearer token cannot ask for another', error: 'invalid_token' });
    }
    const account = await this.#options.accounts.find(identity.principal.id);
    if (account === undefined || account.generation !== identity.generation) throw new CredentialsRefusedError();
    return account;
  }

  async #refreshedAccount(refreshToken: string): Promise<Account> {
    await this.#options.freshen?.();
    const claims = await this.#options.bearer.verifyRefresh(refreshToken);
    const account = await this.#options.accounts.find(claims.principalId);
    if (account === undefined || account.generation !== claims.generation) {
      throw new CredentialsRefusedError({ message: 'the refresh token is not valid any more' });
    }
    return account;
  }

  async #issue(
    account: Account,
    asked: { readonly scopes: readonly string[]; readonly offline: boolean; readonly refreshToken?: string },
  ): Promise<TokenAnswer> {
    const { bearer } = this.#options;
    const access = grantAccess(parseScopes(asked.scopes), identityOf({ account, scheme: 'bearer' }));
    const { token, issuedAt, expiresInSeconds } = await bearer.issue(account, access);
    const isOffline = asked.offline && account.principal.kind !== 'anonymous';
    const refreshToken = asked.refreshToken ?? (isOffline ? (await bearer.issueRefresh(account)).token : undefined);
    return {
      status: 200,
      body: {
        token,
        access_token: token,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        issued_at: issuedAt.toISOString(),
        scope: access.map(formatScope).join(' '),
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      },
    };
  }
}

function invalid(description: string): TokenAnswer {
  return { status: 400, body: { error: 'invalid_request', error_description: description } };
}
