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

/** It was called and did not answer as it should have, or could not be called now. May pass. */
export class EgressFailedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

const REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/ALTNAME/, 'its certificate is for other names'],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired'],
  [/CERT|SIGNATURE|ISSUER/, 'its certificate is signed by nobody known here'],
  [/SSL|TLS|EPROTO/, 'it does not speak TLS'],
  [/ECONNREFUSED|ConnectionRefused/, 'nothing listens there'],
  [/ENOTFOUND|ENODATA/, 'no address is known for this name'],
  [/EAI_AGAIN|DNS|SERVFAIL|TIMEOUT/, 'its name cannot be looked up now'],
  [/ECONNRESET|ConnectionClosed|EPIPE/, 'the connection was cut'],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, 'there is no way to it'],
  [/^HPE_|Malformed|InvalidHTTP/i, 'what answers there is not HTTP'],
];

/** Why a connection failed, without anything the other end said. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS.find(([form]) => form.test(code))?.[1] ?? (/^\w+$/.test(code) ? code : 'the connection failed');
}
