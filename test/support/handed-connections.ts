import { ConnectionNotFoundError } from '../../src/connections/connection-errors.ts';
import type { Connection } from '../../src/connections/connection.ts';
import type { Connections } from '../../src/connections/connections.ts';
import { Login } from '../../src/connections/login.ts';
import type { DockerLogin } from '../../src/providers/account.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';

/** A connection with a password, as far as handing it out looks at it. */
export function connectionOf(wanted: Partial<Connection> & Pick<Connection, 'id' | 'url'>): Connection {
  const createdAt = new Date('2026-10-01T00:00:00Z');
  return {
    project: 'team',
    name: wanted.id.replace('reg-', ''),
    kind: 'generic',
    isPlainHttp: false,
    region: undefined,
    form: 'password',
    username: 'bob',
    hasSecret: true,
    logsIn: true,
    fields: {},
    authorities: undefined,
    clientCertificate: undefined,
    testRepository: undefined,
    addedBy: 'admin',
    createdAt,
    updatedAt: createdAt,
    usableSince: createdAt,
    credential: {
      setAt: createdAt,
      expiresAt: undefined,
      expirySource: undefined,
      rotateAfterDays: 90,
      rotation: 'none',
      isAutomatic: false,
    },
    health: {
      state: 'valid',
      checkedAt: undefined,
      succeededAt: undefined,
      nextCheckAt: undefined,
      problem: undefined,
      report: undefined,
    },
    ...wanted,
  };
}

export interface HandedConnections extends Pick<Connections, 'list' | 'get' | 'login'> {
  /** Who was handed what, and what for. */
  readonly handed: { readonly id: string; readonly who: string; readonly purpose: string }[];
}

/** Connections without a database behind them: `login` by the id, else the username and `secret-of-<name>`. */
export function handedConnections(
  connections: readonly Connection[],
  logins: Readonly<Record<string, DockerLogin | ProviderError>> = {},
): HandedConnections {
  const handed: HandedConnections['handed'] = [];
  const get = async (id: string): Promise<Connection> => {
    const found = connections.find((one) => one.id === id);
    if (found === undefined) throw new ConnectionNotFoundError(id);
    return found;
  };
  return {
    handed,
    get,
    list: async ({ projects, project, search }, { after, limit }) =>
      connections
        .filter((one) => projects?.(one.project) !== false && (project === undefined || one.project === project))
        .filter(({ id, name, url }) => search === undefined || [id, name, url].some((text) => text.includes(search)))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .filter(({ id }) => id > after)
        .slice(0, limit),
    login: async (id, actor, purpose) => {
      const { name, username } = await get(id);
      const login = logins[id] ?? { username, password: `secret-of-${name}` };
      if (login instanceof ProviderError) throw login;
      handed.push({ id, who: actor.principalName, purpose });
      return new Login(login);
    },
  };
}
