import type { Identity } from '../auth/identity.ts';
import { CredentialsRefusedError } from '../auth/credentials/refusal.ts';
import type { Endpoint, Route } from '../oci/endpoints.ts';
import { AccessDeniedError, AuthenticationRequiredError, OciError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { formatScope, type Scope } from '../oci/scope.ts';

/** Writes the `WWW-Authenticate` header for this request. */
export type WriteChallenge = (wanted: {
  readonly scope?: string;
  readonly error?: 'invalid_token' | 'insufficient_scope';
}) => string;

/** What a request wants. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly route: Route;
  /** The query of the URL. */
  readonly search: string;
  readonly challenge: WriteChallenge;
}

/**
 * Decides before anything is looked up, so that the answer says nothing of what exists.
 *
 * @throws {AuthenticationRequiredError} a credential, or a token with this scope, may help.
 * @throws {AccessDeniedError} no other token could: the password is right, the grant is missing.
 * @see spec §10.1: clients only authenticate after a 401; a 403 is final
 */
export function checkAccess(asked: Asked, identity: Identity): void {
  const { endpoint, route, challenge } = asked;
  if (isAllowed(endpoint, route, identity)) return;
  const wanted = wantedScope(asked);
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
export function withChallenge(error: unknown, asked: Asked): unknown {
  if (!(error instanceof CredentialsRefusedError)) return error;
  const reason = error.error === undefined ? {} : { error: error.error };
  return new AuthenticationRequiredError({
    challenge: asked.challenge({ ...wantedScope(asked), ...reason }),
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

/** What a client must ask a token for, as a challenge has it: scopes separated by spaces. */
function wantedScope(asked: Asked): { readonly scope?: string } {
  const scopes = scopesOf(asked);
  return scopes.length === 0 ? {} : { scope: scopes.map(formatScope).join(' ') };
}

/** `pull,push` in this order: some compare scopes as text. */
function scopesOf({ endpoint, route, search }: Asked): readonly Scope[] {
  if (endpoint.action === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  if (!('repository' in route)) return [];
  const actions = endpoint.action === 'push' ? ['pull', 'push'] : [endpoint.action];
  const own = { type: 'repository', name: route.repository, actions };
  const source = route.name === 'uploads' ? mountSource(search) : undefined;
  if (source === undefined || source === route.repository) return [own];
  return [own, { type: 'repository', name: source, actions: ['pull'] }];
}

/** The repository that a blob is to be mounted from. A client that may not pull there uploads instead. */
function mountSource(search: string): RepositoryName | undefined {
  const query = new URLSearchParams(search);
  const from = query.get('from');
  if (from === null || !query.has('mount')) return undefined;
  try {
    return parseRepositoryName(from);
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}

function deniedMessage(endpoint: Endpoint, route: Route, identity: Identity): string {
  const where = 'repository' in route ? ` repository ${route.repository}` : ' the catalog';
  return `${identity.principal.kind} ${identity.principal.name} may not ${endpoint.action}${where}`;
}
