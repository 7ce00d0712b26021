import type { PeerCertificate } from './peer-certificate.ts';

/**
 * It is not called, because of what it is: asking again changes nothing until its owner, its name or the settings do.
 * The message is for whoever configured it. It names no address that a name led to, so that nobody learns the inside
 * of a network by asking.
 */
export class EgressDeniedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** What kind of failure it was. */
export type FailureReason =
  | 'name-not-found'
  | 'name-lookup'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'cut'
  | 'tls'
  | 'not-http'
  | 'too-large'
  | 'redirects'
  | 'unknown';

/** What is wrong with a certificate, or with speaking TLS at all. */
export type TlsProblem =
  | 'other-names'
  | 'expired'
  | 'not-yet-valid'
  | 'self-signed'
  | 'unknown-authority'
  | 'revoked'
  | 'wants-certificate'
  | 'own-certificate'
  | 'own-authorities'
  | 'no-tls';

export interface EgressFailedOptions extends ErrorOptions {
  /** Default `unknown`. */
  readonly reason?: FailureReason;
  readonly tls?: TlsFailure;
}

export interface TlsFailure {
  readonly problem: TlsProblem;
  /** What was shown and not believed, where there was time to look at it. */
  readonly certificate?: PeerCertificate;
}

/** It was called and did not answer as it should have, or could not be called now. May pass. */
export class EgressFailedError extends Error {
  readonly reason: FailureReason;
  /** Only where the reason is `tls`. */
  readonly tls: TlsFailure | undefined;

  constructor(message: string, options: EgressFailedOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.reason = options.reason ?? 'unknown';
    this.tls = options.tls;
  }
}

export interface Failure {
  /** For people, without anything the other end said. */
  readonly text: string;
  readonly reason: FailureReason;
  readonly tls?: TlsFailure;
}

const tls = (problem: TlsProblem, text: string): Failure => ({ text, reason: 'tls', tls: { problem } });

const FAILURES: readonly (readonly [code: RegExp, failure: Failure])[] = [
  [/ALTNAME/, tls('other-names', 'its certificate is for other names')],
  [/CERT_HAS_EXPIRED/, tls('expired', 'its certificate has expired')],
  [/CERT_NOT_YET_VALID/, tls('not-yet-valid', 'its certificate is not valid yet')],
  [/CERT_REVOKED/, tls('revoked', 'its certificate was revoked')],
  [/ALERT.*CERT|CERT.*REQUIRED|HANDSHAKE_FAILURE/, tls('wants-certificate', 'it wants another certificate of ours')],
  [/DEPTH_ZERO_SELF_SIGNED/, tls('self-signed', 'its certificate is signed by itself, so by nobody known here')],
  [/CERT|SIGNATURE|ISSUER/, tls('unknown-authority', 'its certificate is signed by nobody known here')],
  [/SSL|TLS|EPROTO/, tls('no-tls', 'it does not speak TLS')],
  [/ECONNREFUSED|ConnectionRefused/, { text: 'nothing listens there', reason: 'refused' }],
  [/ENOTFOUND|ENODATA/, { text: 'no address is known for this name', reason: 'name-not-found' }],
  [/EAI_AGAIN|DNS|SERVFAIL/, { text: 'its name cannot be looked up now', reason: 'name-lookup' }],
  [/ETIMEDOUT|TIMEOUT/i, { text: 'it does not answer', reason: 'timeout' }],
  [/ECONNRESET|ConnectionClosed|EPIPE/, { text: 'the connection was cut', reason: 'cut' }],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, { text: 'there is no way to it', reason: 'unreachable' }],
  [/^HPE_|Malformed|InvalidHTTP/i, { text: 'what answers there is not HTTP', reason: 'not-http' }],
];

/** Why a connection failed. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  const known = FAILURES.find(([form]) => form.test(code))?.[1];
  return known ?? { text: /^\w+$/.test(code) ? code : 'the connection failed', reason: 'unknown' };
}

/** Why no connection was even tried: what we were given for TLS is not usable. */
export function setupFailureOf(error: unknown): Failure {
  return error instanceof Error && error.message.includes('CA')
    ? tls('own-authorities', 'the authorities to believe are no certificates')
    : tls('own-certificate', 'our own certificate, or its key, is not usable');
}

/** Why a name could not be looked up: a resolver's time-out is not that of a connection. */
export function lookupFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  return failure.reason === 'name-not-found'
    ? failure
    : { text: 'its name cannot be looked up now', reason: 'name-lookup' };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
