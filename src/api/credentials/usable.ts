import type { Identity } from '../../auth/identity.ts';
import type { Connection } from '../../connections/connection.ts';
import type { Connections } from '../../connections/connections.ts';

/** What credentials are handed out of. */
export type HandingConnections = Pick<Connections, 'list' | 'get' | 'login'>;

const PAGE = 200;

/** Every connection with which whoever asks may log in. */
export async function usableConnections(
  connections: HandingConnections,
  identity: Identity,
  wanted: { readonly project?: string; readonly search?: string },
): Promise<readonly Connection[]> {
  const filter = { ...wanted, projects: (project: string) => identity.allowsInProject('registries:use', project) };
  const found: Connection[] = [];
  for (let after = ''; ;) {
    const page = await connections.list(filter, { after, limit: PAGE });
    found.push(...page.filter(({ logsIn }) => logsIn));
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return found;
    after = last.id;
  }
}
