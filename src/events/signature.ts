import { createHmac, randomBytes } from 'node:crypto';

/** By which secrets made for Standard Webhooks are told. */
export const SECRET_PREFIX = 'whsec_';

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** What is signed with: the bytes that a `whsec_` secret has in base64, and of any other secret its text. */
export function signingKey(secret: string): Uint8Array {
  return secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** What stands between a secret and one that guesses: 24 bytes of base64, or 24 characters of text. */
export function isSecretStrong(secret: string): boolean {
  if (!secret.startsWith(SECRET_PREFIX)) return secret.length >= 24 && secret.length <= 256;
  const base64 = secret.slice(SECRET_PREFIX.length);
  const { length } = Buffer.from(base64, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && length >= 24 && length <= 64;
}

export interface Signed {
  readonly id: string;
  readonly at: Date;
  readonly body: Uint8Array;
}

/**
 * The headers by which a receiver knows that it was we: those of Standard Webhooks, over id, time and body, and the older
 * form over time and body. Both times are those of this attempt, so that a receiver may refuse what is minutes old.
 *
 * @param key `undefined`: nothing is signed, and only told.
 */
export function signatureHeaders(key: Uint8Array | undefined, { id, at, body }: Signed): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'X-Timestamp': seconds };
  if (key === undefined) return headers;
  return {
    ...headers,
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')}`,
    'X-Signature-256': `sha256=${createHmac('sha256', key).update(`${seconds}.`).update(body).digest('hex')}`,
  };
}
