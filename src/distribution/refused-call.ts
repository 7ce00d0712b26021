import type { Refusals } from '../audit/refusals.ts';
import type { Connection } from '../http/connection.ts';
import { OciError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { actorOf } from './actor.ts';
import type { Exchange } from './dispatch.ts';

interface RefusedCall {
  readonly request: Request;
  readonly connection: Connection;
  readonly exchange: Exchange;
}

/**
 * Records a request that would have changed something, and was not allowed to. Not the first question of every push, which
 * comes without a credential to learn which one is wanted.
 */
export function noteRefused(refusals: Pick<Refusals, 'note'>, error: unknown, call: RefusedCall): void {
  const { request, connection, exchange } = call;
  const { method } = request;
  const { identity, repository, endpoint } = exchange;
  if (method === 'GET' || method === 'HEAD' || identity === undefined) return;
  if (identity.scheme === 'none' && method !== 'DELETE' && method !== 'PUT') return;
  if (!(error instanceof OciError) || (error.status !== 401 && error.status !== 403)) return;
  const name = repository === undefined ? undefined : nameOf(repository);
  refusals.note(actorOf({ identity, connection, request }), {
    action: 'registry.refused',
    ...(name !== undefined && { repository: name }),
    details: { method, endpoint, reason: error.message },
  });
}

/** What was asked for may be no name at all. */
function nameOf(text: string): RepositoryName | undefined {
  try {
    return parseRepositoryName(text);
  } catch {
    return undefined;
  }
}
