import type { Identity } from '../../auth/identity.ts';
import type { Connection } from '../../connections/connection.ts';
import {
  ConnectionInvalidError,
  ConnectionNameTakenError,
  ConnectionNotFoundError,
} from '../../connections/connection-errors.ts';
import type { ConnectionInput } from '../../connections/connection-input.ts';
import type { Connections } from '../../connections/connections.ts';
import type { Actor } from '../../metadata/actor.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import { accessibleConnection, requireInProject } from '../registries/access.ts';
import { connectionInput, registryUrl } from '../registries/registry-input.ts';
import {
  addOvhRegistry,
  changeOvhRegistry,
  listOvhRegistries,
  removeOvhRegistry,
  showOvhRegistry,
  type OvhRegistry,
} from './contract.ts';

type OvhConnections = Pick<Connections, 'list' | 'get' | 'add' | 'change' | 'remove'>;

/** Connections by the paths and names of OVHcloud's API, for a client that was written for it. */
export function ovhEndpoints({ connections }: { readonly connections: OvhConnections }): readonly Endpoint[] {
  return [
    endpoint(listOvhRegistries, async ({ projectId }, { identity }) => {
      requireVisible(projectId, identity);
      return (await everyConnection(connections, projectId)).map(ovhRegistryOf);
    }),
    endpoint(addOvhRegistry, async ({ projectId, region, url, username, password }, { identity, actor }) => {
      requireVisible(projectId, identity);
      requireInProject('registries:manage', projectId, identity);
      const input = { url, region, username, ...(password !== '' && { secret: password }) };
      return ovhRegistryOf(await addNamed(connections, projectId, input, actor));
    }),
    endpoint(showOvhRegistry, async ({ projectId, registryId }, { identity }) =>
      ovhRegistryOf(await connectionIn(connections, { projectId, registryId }, 'registries:read', identity)),
    ),
    endpoint(changeOvhRegistry, async ({ projectId, registryId, ...said }, { identity, actor }) => {
      const connection = await connectionIn(connections, { projectId, registryId }, 'registries:manage', identity);
      const { region, url, username, password } = withoutNulls(said);
      if (region !== undefined && region !== (connection.region ?? '')) {
        throw new ConnectionInvalidError([
          { field: 'region', message: 'It cannot be changed: add the registry of the other region.' },
        ]);
      }
      await connections.change(registryId, connectionInput({ url, username, secret: password }), actor);
      return null;
    }),
    endpoint(removeOvhRegistry, async ({ projectId, registryId }, { identity, actor }) => {
      await connectionIn(connections, { projectId, registryId }, 'registries:manage', identity);
      await connections.remove(registryId, actor);
      return null;
    }),
  ];
}

/** One that is unknown, and one that may not be looked into, are the same. */
function requireVisible(projectId: string, identity: Identity): void {
  if (identity.allowsInProject('registries:read', projectId)) return;
  throw new ProblemError(404, 'PROJECT_UNKNOWN', `There is no project ${JSON.stringify(projectId)} that you may see.`);
}

async function connectionIn(
  connections: OvhConnections,
  { projectId, registryId }: { readonly projectId: string; readonly registryId: string },
  action: Parameters<typeof accessibleConnection>[2],
  identity: Identity,
): Promise<Connection> {
  requireVisible(projectId, identity);
  const connection = await connections.get(registryId);
  if (connection.project !== projectId) throw new ConnectionNotFoundError(registryId);
  requireInProject(action, projectId, identity);
  return connection;
}

function withoutNulls<Given extends object>(given: Given): { [Name in keyof Given]?: NonNullable<Given[Name]> } {
  const entries = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Given]?: NonNullable<Given[Name]> }; // what was left of it
}

const PAGE = 1000;

async function everyConnection(connections: OvhConnections, project: string): Promise<readonly Connection[]> {
  const all: Connection[] = [];
  for (let after = ''; ;) {
    const page = await connections.list({ project }, { after, limit: PAGE });
    all.push(...page);
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return all;
    after = last.id;
  }
}

/** More than that of one URL in one region is no use of names. */
const MOST_OF_A_NAME = 100;

/** There are no names in OVHcloud's API: `ghcr.io (GRA)`, `ghcr.io (GRA) 2`. */
async function addNamed(
  connections: OvhConnections,
  project: string,
  input: Omit<ConnectionInput, 'name'> & { readonly region: string },
  actor: Actor,
): Promise<Connection> {
  const name = `${registryUrl(input.url).text.slice(0, 70)} (${input.region.slice(0, 16)})`;
  for (let number = 1; ; number++) {
    try {
      return await connections.add(project, { ...input, name: number === 1 ? name : `${name} ${number}` }, actor);
    } catch (error) {
      if (!(error instanceof ConnectionNameTakenError) || number === MOST_OF_A_NAME) throw error;
    }
  }
}

function ovhRegistryOf({
  id,
  createdAt,
  updatedAt,
  addedBy,
  region,
  url,
  isPlainHttp,
  username,
}: Connection): OvhRegistry {
  return {
    id,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    user: addedBy,
    region: region ?? '',
    url: isPlainHttp ? `http://${url}` : url,
    username,
    password: null,
  };
}
