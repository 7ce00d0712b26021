import { readCookie } from '../../http/cookies.ts';

/** Browsers take a name that begins so from us alone, over TLS, and for no other host. */
const SECURE_NAME = '__Host-havre';
const PLAIN_NAME = 'havre';

/** The secret of the session that a request brings, if it brings one: of the name that goes with its way alone. */
export function sessionCookie(headers: Headers, secure: boolean): string | undefined {
  return readCookie(headers, secure ? SECURE_NAME : PLAIN_NAME);
}

/** Whether a request brings a session at all, good or not: then a browser sent it. */
export function hasSessionCookie(headers: Headers): boolean {
  return sessionCookie(headers, true) !== undefined || sessionCookie(headers, false) !== undefined;
}

/** The `Set-Cookie` header of a login. It ends with the browser, or with the session. */
export function newSessionCookie(secret: string, secure: boolean): string {
  return cookie(secret, secure);
}

/** The `Set-Cookie` header that ends it. */
export function endedSessionCookie(secure: boolean): string {
  return `${cookie('', secure)}; Max-Age=0`;
}

/** No script reads it, and no other site's page sends it. */
function cookie(value: string, secure: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${secure ? SECURE_NAME : PLAIN_NAME}=${value}; ${attributes}`;
}
