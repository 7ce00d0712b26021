import { errors, jwtVerify, SignJWT, type JWTHeaderParameters, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import type { Account } from '../account.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import { ACCESS, type AccessEntry } from './access.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface BearerTokensOptions {
  readonly keys: SigningKeys;
  readonly clock: () => Date;
  /** `iss`. */
  readonly issuer: string;
  /** `aud`: fixed by us, whatever the client asks for. */
  readonly service: string;
  /** How long a bearer token is good. At least 60: clients take less for 60. */
  readonly lifetimeSeconds: number;
  /** How long a client may renew its bearer tokens without the password. */
  readonly refreshSeconds: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: Date;
  readonly expiresInSeconds: number;
}

/** What a token says, once its signature, audience and time are checked. Whether it is still true is another question. */
export interface BearerClaims {
  readonly principalId: string;
  readonly generation: string;
  readonly access: readonly AccessEntry[];
  readonly expiresAt: Date;
  readonly isExpired: boolean;
}

const CLAIMS = z.object({
  exp: z.number(),
  access: ACCESS.default([]),
  'havre:pid': z.string(),
  'havre:gen': z.string(),
});

/** A clock that is set back must not make tokens useless that were issued a moment ago. */
const NOT_BEFORE_LEEWAY_SECONDS = 60;

/** So that neither kind is ever taken for the other (RFC 8725 §3.11, §3.12). */
const ACCESS_TYPE = 'JWT';
const REFRESH_TYPE = 'havre-refresh+jwt';

/**
 * Issues and reads the bearer tokens of `/token`: JWTs signed with a secret of ours (HS256), because nobody but us has
 * to read them. They are bound to the immutable id and the generation of an account.
 */
export class BearerTokens {
  readonly #options: BearerTokensOptions;

  constructor(options: BearerTokensOptions) {
    this.#options = options;
  }

  issue(account: Account, access: readonly AccessEntry[]): Promise<IssuedToken> {
    const { service, lifetimeSeconds } = this.#options;
    return this.#sign({ account, type: ACCESS_TYPE, audience: service, lifetimeSeconds, claims: { access } });
  }

  /** A token that is good for nothing but asking for others; it ends with the password or token it was issued for. */
  issueRefresh(account: Account): Promise<IssuedToken> {
    const audience = refreshAudience(this.#options.service);
    return this.#sign({ account, type: REFRESH_TYPE, audience, lifetimeSeconds: this.#options.refreshSeconds });
  }

  /**
   * @param acceptExpiredSeconds how long after its end a token is still read, with `isExpired`. Default 0.
   * @throws {CredentialsRefusedError} not ours, changed, or past its time.
   */
  verify(token: string, acceptExpiredSeconds = 0): Promise<BearerClaims> {
    return this.#verify(token, { audience: this.#options.service, typ: ACCESS_TYPE }, acceptExpiredSeconds);
  }

  /** @throws {CredentialsRefusedError} */
  verifyRefresh(token: string): Promise<BearerClaims> {
    return this.#verify(token, { audience: refreshAudience(this.#options.service), typ: REFRESH_TYPE }, 0);
  }

  async #sign(wanted: {
    account: Account;
    type: string;
    audience: string;
    lifetimeSeconds: number;
    claims?: JWTPayload;
  }): Promise<IssuedToken> {
    const { account, type, audience, lifetimeSeconds, claims = {} } = wanted;
    const { id, key } = this.#options.keys.current;
    const issuedAt = this.#options.clock();
    const now = Math.floor(issuedAt.getTime() / 1000);
    const { principal, generation } = account;
    const token = await new SignJWT({ ...claims, 'havre:pid': principal.id, 'havre:gen': generation })
      .setProtectedHeader({ alg: 'HS256', typ: type, kid: id })
      .setIssuer(this.#options.issuer)
      .setSubject(principal.name)
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now - NOT_BEFORE_LEEWAY_SECONDS)
      .setExpirationTime(now + lifetimeSeconds)
      .setJti(crypto.randomUUID())
      .sign(key);
    return { token, issuedAt, expiresInSeconds: lifetimeSeconds };
  }

  async #verify(
    token: string,
    expected: Pick<JWTVerifyOptions, 'typ'> & { audience: string },
    acceptExpiredSeconds: number,
  ): Promise<BearerClaims> {
    const now = this.#options.clock();
    try {
      const options = { ...expected, issuer: this.#options.issuer, algorithms: ['HS256'], currentDate: now };
      const { payload } = await jwtVerify(token, ({ kid }: JWTHeaderParameters) => this.#keyOf(kid), options);
      return claimsOf(payload, false);
    } catch (error) {
      // The end is checked last: all else about this token is right.
      if (error instanceof errors.JWTExpired) return lateClaims(error.payload, now, acceptExpiredSeconds);
      if (error instanceof errors.JOSEError) {
        throw new CredentialsRefusedError({ message: 'the bearer token is not valid', error: 'invalid_token' });
      }
      throw error;
    }
  }

  /** Only keys of ours, found by name: a key that a token brings along is never looked at. */
  #keyOf(id: string | undefined): Uint8Array {
    const found = id === undefined ? undefined : this.#options.keys.find(id);
    if (found === undefined) throw new errors.JWSSignatureVerificationFailed();
    return found.key;
  }
}

function refreshAudience(service: string): string {
  return `${service}/token`;
}

function lateClaims(payload: JWTPayload, now: Date, acceptExpiredSeconds: number): BearerClaims {
  const claims = claimsOf(payload, true);
  if (claims.expiresAt.getTime() + acceptExpiredSeconds * 1000 <= now.getTime()) {
    throw new CredentialsRefusedError({ message: 'the bearer token has expired', error: 'invalid_token' });
  }
  return claims;
}

/** What we signed has this form; a token from a later version of ours may not, and is then refused like any other. */
function claimsOf(payload: JWTPayload, isExpired: boolean): BearerClaims {
  const claims = CLAIMS.safeParse(payload);
  if (!claims.success)
    throw new CredentialsRefusedError({ message: 'the bearer token is not valid', error: 'invalid_token' });
  const { exp, access, 'havre:pid': principalId, 'havre:gen': generation } = claims.data;
  return { principalId, generation, access, expiresAt: new Date(exp * 1000), isExpired };
}
