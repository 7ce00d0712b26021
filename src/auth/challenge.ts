import { basicChallenge, bearerChallenge, type BearerChallenge } from '../oci/challenge.ts';

export interface ChallengeOptions {
  /** `auto`: Bearer when something is granted to everybody, so that clients can ask without a password; else Basic. */
  readonly scheme: 'auto' | 'basic' | 'bearer';
  /** What a browser shows when it asks for a password. */
  readonly realm: string;
  /** As in the bearer tokens. */
  readonly service: string;
  /** The URL of `/token` for clients, where it is not on the host that they asked. */
  readonly tokenUrl?: string;
}

/** The request that is refused. */
export interface ChallengedRequest {
  /** Did the client come over TLS, to us or to a proxy that we believe? */
  readonly secure: boolean;
  /** As the client knows us, with the port. */
  readonly host: string;
  readonly scope?: string;
  readonly error?: BearerChallenge['error'];
}

/**
 * The `WWW-Authenticate` header of a 401. One scheme at a time: some clients cannot choose.
 *
 * @param isOpenToEverybody is anything granted to clients without a credential?
 */
export function challengeFor(
  { secure, host, scope, error }: ChallengedRequest,
  { scheme, realm, service, tokenUrl }: ChallengeOptions,
  isOpenToEverybody: boolean,
): string {
  if (scheme === 'basic' || (scheme === 'auto' && !isOpenToEverybody)) return basicChallenge(realm);
  return bearerChallenge({
    realm: tokenUrl ?? `${secure ? 'https' : 'http'}://${host}/token`,
    service,
    ...(scope === undefined ? {} : { scope }),
    ...(error === undefined ? {} : { error }),
  });
}
