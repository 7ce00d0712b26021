import type { Identity } from '../../auth/identity.ts';
import type { ProjectAction } from '../../auth/principal.ts';
import { ConnectionNotFoundError } from '../../connections/connection-errors.ts';
import type { Connection } from '../../connections/connection.ts';
import type { Connections } from '../../connections/connections.ts';
import { AccessDeniedError } from '../../oci/errors.ts';

/**
 * A connection, for whoever may do this with it.
 *
 * @throws {ConnectionNotFoundError} there is none, or whoever asks may not even look into its project.
 * @throws {AccessDeniedError} they may see it, and not do this.
 */
export async function accessibleConnection(
  connections: Pick<Connections, 'get'>,
  id: string,
  action: ProjectAction,
  identity: Identity,
): Promise<Connection> {
  const connection = await connections.get(id);
  if (!identity.allowsInProject('registries:read', connection.project)) throw new ConnectionNotFoundError(id);
  requireInProject(action, connection.project, identity);
  return connection;
}

/** @throws {AccessDeniedError} */
export function requireInProject(action: ProjectAction, project: string, identity: Identity): void {
  if (identity.allowsInProject(action, project)) return;
  throw new AccessDeniedError(`You need ${action} in project ${project}: an administrator can grant it.`);
}
