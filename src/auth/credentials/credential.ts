import { isTokenSecret } from './token-secret.ts';

/** What an `Authorization` header claims; nothing of it is checked. */
export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** The secret of one of our tokens, as the password with any user name, or by itself. */
  | { readonly kind: 'token'; readonly scheme: 'basic' | 'bearer'; readonly username: string; readonly secret: string }
  /** What `/token` issued. */
  | { readonly kind: 'bearer'; readonly token: string };

/** Longer than any token of ours, and than what proxies let through. Hashing a header costs in proportion to it. */
export const MAX_AUTHORIZATION_CHARACTERS = 16_384;

/** Reads an `Authorization` header; `undefined` for what no client of a registry sends. */
export function parseCredential(authorization: string): Credential | undefined {
  if (authorization.length > MAX_AUTHORIZATION_CHARACTERS) return undefined;
  const space = authorization.indexOf(' ');
  if (space === -1) return undefined;
  const scheme = authorization.slice(0, space).toLowerCase();
  const value = authorization.slice(space + 1).trim();
  if (scheme === 'basic') return parseBasic(value);
  if (scheme !== 'bearer' || value === '') return undefined;
  return isTokenSecret(value)
    ? { kind: 'token', scheme: 'bearer', username: '', secret: value }
    : { kind: 'bearer', token: value };
}

/** @see RFC 7617 §2: `user-id:password`, the first colon divides; a user id has no control characters. */
function parseBasic(encoded: string): Credential | undefined {
  const text = decodeUtf8(Buffer.from(encoded, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) return undefined;
  const username = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (/\p{Cc}/u.test(username)) return undefined;
  return isTokenSecret(password)
    ? { kind: 'token', scheme: 'basic', username, secret: password }
    : { kind: 'password', username, password };
}

/** Replacing what is not UTF-8 would make different passwords equal. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The header that carries a name and a password. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
