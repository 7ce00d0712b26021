import type { Authenticator } from '../../auth/authenticator.ts';
import type { Identity } from '../../auth/identity.ts';
import type { Sessions } from '../../auth/sessions/sessions.ts';
import { pageOrigin } from '../../http/page-origin.ts';
import type { Arrival } from '../admin-actor.ts';
import { ProblemError } from '../problem.ts';
import { sessionCookie } from './cookie.ts';

export interface VisitorParts {
  readonly authenticator: Pick<Authenticator, 'identify'>;
  readonly sessions: Pick<Sessions, 'identify'>;
  /** Where clients reach us, if that is configured. */
  readonly publicUrl?: string | undefined;
}

/** These change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who sends a request of the admin API: by its `Authorization` header or, without one, by the session of its cookie. A
 * session that ended is nobody's.
 *
 * @throws {ProblemError} `CSRF_REFUSED`: a page of somebody else's sent it, or nothing says that ours did.
 * @throws {CredentialsRefusedError}
 * @throws {RateLimitedError}
 */
export async function identifyVisitor(request: Request, arrival: Arrival, parts: VisitorParts): Promise<Identity> {
  const { authenticator, sessions } = parts;
  const authorization = request.headers.get('authorization');
  if (authorization !== null) return authenticator.identify(authorization, arrival);
  const secret = sessionCookie(request.headers, arrival.secure);
  checkPage(request, arrival, { hasCookie: secret !== undefined, publicUrl: parts.publicUrl });
  const identity = secret === undefined ? undefined : await sessions.identify(secret);
  return identity ?? authenticator.identify(null, arrival);
}

/**
 * A browser adds the cookie whoever made the page that asks (`SameSite` counts neighbours by domain as one site), so the
 * page has to be ours. Logging in is a change without a cookie: nobody is to be logged in as somebody else unawares.
 */
function checkPage(
  { method, headers }: Request,
  { secure, host }: Arrival,
  { hasCookie, publicUrl }: { readonly hasCookie: boolean; readonly publicUrl: string | undefined },
): void {
  const isSafe = SAFE_METHODS.has(method);
  if (isSafe && !hasCookie) return;
  const here = `${secure ? 'https' : 'http'}://${host}`;
  const page = pageOrigin(headers, publicUrl === undefined ? [here] : [here, publicUrl]);
  if (page === 'ours' || (page === 'unknown' && (isSafe || !hasCookie))) return;
  throw new ProblemError(403, 'CSRF_REFUSED', 'A session is used by pages of this registry alone.');
}
