import { basicChallenge, sessionChallenge } from '../oci/challenge.ts';
import { hasSessionCookie } from './session/cookie.ts';
import { createSession } from './session/contract.ts';

/**
 * The `WWW-Authenticate` header of a 401 of the admin API. A browser answers one of Basic with a window of its own, which
 * is right for whoever opens the address, and in the way of a page that has a form for it.
 *
 * @param realm what that window names.
 */
export function apiChallenge(request: Request, realm: string): string {
  return isOfPage(request) ? sessionChallenge(realm) : basicChallenge(realm);
}

function isOfPage({ headers, method, url }: Request): boolean {
  if (hasSessionCookie(headers)) return true;
  if (headers.get('sec-fetch-dest') === 'empty' && headers.get('sec-fetch-site') === 'same-origin') return true;
  // Without TLS browsers send no Sec-Fetch headers.
  if (headers.get('x-requested-with') !== null) return true;
  return method === createSession.method && new URL(url).pathname === createSession.path;
}
