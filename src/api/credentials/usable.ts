import type { Identity } from '../../auth/identity.ts';
import type { Connection } from '../../connections/connection.ts';
import { ConnectionNotFoundError } from '../../connections/connection-errors.ts';
import type { Connections } from '../../connections/connections.ts';
import { AccessDeniedError } from '../../oci/errors.ts';

/** What credentials are handed out of. */
export type HandingConnections = Pick<Connections, 'list' | 'get' | 'login'>;

const PAGE = 200;

/**
 * A connection with which whoever asks may log in. One that they may not even see is unknown to them.
 *
 * @throws {ConnectionNotFoundError}
 * @throws {AccessDeniedError}
 */
export async function usableConnection(
  connections: HandingConnections,
  identity: Identity,
  id: string,
): Promise<Connection> {
  const connection = await connections.get(id);
  const { project } = connection;
  if (identity.allowsInProject('registries:use', project)) return connection;
  if (!identity.allowsInProject('registries:read', project)) throw new ConnectionNotFoundError(id);
  throw new AccessDeniedError(`You may not log in with the registries of project ${project}: that is registries:use.`);
}

/** Every connection with a secret with which whoever asks may log in. */
export async function usableConnections(
  connections: HandingConnections,
  identity: Identity,
  wanted: { readonly project?: string; readonly search?: string },
): Promise<readonly Connection[]> {
  const filter = { ...wanted, projects: (project: string) => identity.allowsInProject('registries:use', project) };
  const found: Connection[] = [];
  for (let after = ''; ;) {
    const page = await connections.list(filter, { after, limit: PAGE });
    found.push(...page.filter(({ hasSecret }) => hasSecret));
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return found;
    after = last.id;
  }
}
