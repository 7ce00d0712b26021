import type { Actor } from '../metadata/actor.ts';
import type { Call } from './call.ts';

/** What a client calls itself is its own choice: enough of it to know it by. */
const LONGEST_CLIENT_CHARACTERS = 200;

/** Who asks, for what is recorded of a change. Only for those: a pull does not pay for it. */
export function actorOf({ identity, connection, request }: Pick<Call, 'identity' | 'connection' | 'request'>): Actor {
  const { id, kind, name } = identity.principal;
  const client = request.headers.get('user-agent')?.slice(0, LONGEST_CLIENT_CHARACTERS).toWellFormed();
  return {
    principalId: id,
    principalKind: kind,
    principalName: name,
    source: connection.source,
    requestId: connection.requestId,
    cause: 'client',
    ...(client !== undefined && { client }),
  };
}
