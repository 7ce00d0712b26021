export interface BearerChallenge {
  /** The URL of the token endpoint, as the client reaches it. */
  readonly realm: string;
  readonly service: string;
  /** What a token must be asked for. Absent on `/v2/`. */
  readonly scope?: string;
  /** Why a token that was sent does not do. */
  readonly error?: 'invalid_token' | 'insufficient_scope';
}

/** The `WWW-Authenticate` header that asks for a name and a password. */
export function basicChallenge(realm: string): string {
  return `Basic realm=${quotedString(realm)}`;
}

/** The `WWW-Authenticate` header that asks for a session: no browser knows the scheme, so none opens a window. */
export function sessionChallenge(realm: string): string {
  return `Session realm=${quotedString(realm)}`;
}

/**
 * The `WWW-Authenticate` header that sends a client to the token endpoint.
 *
 * @see distribution, docs/spec/auth/token.md
 */
export function bearerChallenge({ realm, service, scope, error }: BearerChallenge): string {
  const parameters = [`realm=${quotedString(realm)}`, `service=${quotedString(service)}`];
  if (scope !== undefined) parameters.push(`scope=${quotedString(scope)}`);
  if (error !== undefined) parameters.push(`error=${quotedString(error)}`);
  return `Bearer ${parameters.join(',')}`;
}

/** RFC 9110 §5.6.4. What is not printable ASCII becomes `?`: host names and scopes come from the request. */
function quotedString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
