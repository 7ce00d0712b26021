import type { Identity } from '../auth/identity.ts';
import type { Actor } from '../metadata/actor.ts';

/** Where a request of the admin API came in; a `Connection` of the listener is one. */
export interface Arrival {
  /** IP address of the client; empty on the control socket. */
  readonly source: string;
  readonly requestId: string;
  /** Whether the client speaks TLS. */
  readonly secure: boolean;
  /** `host[:port]` as the client names us. */
  readonly host: string;
}

/** What a client calls itself is its own choice: enough of it to know it by. */
const LONGEST_CLIENT_CHARACTERS = 200;

/** Who asks, for what is recorded of a change. */
export function adminActorOf({ headers }: Request, { principal }: Identity, arrival: Arrival | undefined): Actor {
  const client = headers.get('user-agent')?.slice(0, LONGEST_CLIENT_CHARACTERS).toWellFormed();
  return {
    principalId: principal.id,
    principalKind: principal.kind,
    principalName: principal.name,
    cause: 'admin',
    ...(client !== undefined && { client }),
    ...(arrival !== undefined && { requestId: arrival.requestId }),
    ...(arrival !== undefined && arrival.source !== '' && { source: arrival.source }),
  };
}
