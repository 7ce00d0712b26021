import type { Identity } from '../auth/identity.ts';
import { CredentialsRefusedError } from '../auth/credentials/refusal.ts';
import type { Endpoint, Route } from '../oci/endpoints.ts';
import { AccessDeniedError, AuthenticationRequiredError } from '../oci/errors.ts';
import { formatScope, type Scope } from '../oci/scope.ts';

/** Writes the `WWW-Authenticate` header for this request. */
export type WriteChallenge = (wanted: {
  readonly scope?: string;
  readonly error?: 'invalid_token' | 'insufficient_scope';
}) => string;

/**
 * Decides before anything is looked up, so that the answer says nothing of what exists.
 *
 * @throws {AuthenticationRequiredError} a credential, or a token with this scope, may help.
 * @throws {AccessDeniedError} no other token could: the password is right, the grant is missing.
 * @see spec §10.1: clients only authenticate after a 401; a 403 is final
 */
export function checkAccess(endpoint: Endpoint, route: Route, identity: Identity, challenge: WriteChallenge): void {
  if (isAllowed(endpoint, route, identity)) return;
  const scope = scopeOf(endpoint, route);
  const wanted = scope === undefined ? {} : { scope: formatScope(scope) };
  if (identity.scheme === 'none') throw new AuthenticationRequiredError({ challenge: challenge(wanted) });
  if (identity.isDelegated) {
    throw new AuthenticationRequiredError({
      challenge: challenge({ ...wanted, error: 'insufficient_scope' }),
      message: `the token does not allow ${endpoint.action} here`,
    });
  }
  throw new AccessDeniedError(deniedMessage(endpoint, route, identity));
}

/** Wrong credentials are found by `auth/`, which does not know what was asked for: says here how to get right ones. */
export function withChallenge(error: unknown, endpoint: Endpoint, route: Route, challenge: WriteChallenge): unknown {
  if (!(error instanceof CredentialsRefusedError)) return error;
  const scope = scopeOf(endpoint, route);
  return new AuthenticationRequiredError({
    challenge: challenge({
      ...(scope !== undefined && { scope: formatScope(scope) }),
      ...(error.error !== undefined && { error: error.error }),
    }),
    message: error.message,
  });
}

function isAllowed(endpoint: Endpoint, route: Route, identity: Identity): boolean {
  switch (endpoint.action) {
    case 'nothing':
      return true;
    case 'identity':
      // Without any credential `/v2/` asks for one, even where something is public: clients learn the scheme here.
      return identity.scheme !== 'none';
    case 'catalog':
      return identity.canListCatalog;
    default:
      return 'repository' in route && identity.allows(endpoint.action, route.repository);
  }
}

/** What a client must ask a token for. `pull,push` in this order: some compare scopes as text. */
function scopeOf(endpoint: Endpoint, route: Route): Scope | undefined {
  if (endpoint.action === 'catalog') return { type: 'registry', name: 'catalog', actions: ['*'] };
  if (!('repository' in route)) return undefined;
  const actions = endpoint.action === 'push' ? ['pull', 'push'] : [endpoint.action];
  return { type: 'repository', name: route.repository, actions };
}

function deniedMessage(endpoint: Endpoint, route: Route, identity: Identity): string {
  const where = 'repository' in route ? ` repository ${route.repository}` : ' the catalog';
  return `${identity.principal.kind} ${identity.principal.name} may not ${endpoint.action}${where}`;
}
