import type { Connection } from '../../connections/connection.ts';
import { configKeys, firstOf, type LeftOut } from '../../connections/handing-out/config-keys.ts';
import {
  configKeyOf,
  dockerConfig,
  hostOfKey,
  LoginUnwritableError,
  type HandedLogin,
} from '../../connections/handing-out/docker-config.ts';
import { handOut, handOutAll, type HandedOut } from '../../connections/handing-out/hand-out.ts';
import { kubernetesSecret, SecretInvalidError } from '../../connections/handing-out/kubernetes-secret.ts';
import { loginLines } from '../../connections/handing-out/login-lines.ts';
import { loginUsername } from '../../connections/handing-out/login-username.ts';
import { remarksOn } from '../../connections/handing-out/remarks.ts';
import { yamlOf } from '../../connections/handing-out/yaml.ts';
import { parseRegistryUrl, RegistryUrlError } from '../../providers/registry-url.ts';
import { endpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import {
  handOutCredentials,
  listUsableRegistries,
  makeDockerConfig,
  makeKubernetesSecret,
  showLoginLines,
  type HandedLoginReply,
  type UsableRegistry,
} from './contract.ts';
import { accessibleConnection } from '../registries/access.ts';
import { usableConnections, type HandingConnections } from './usable.ts';

export interface CredentialParts {
  readonly connections: HandingConnections;
  readonly now: () => Date;
}

export function credentialEndpoints(parts: CredentialParts): readonly Endpoint[] {
  return [...ofOne(parts), ...ofMany(parts)];
}

function ofOne({ connections, now }: CredentialParts): readonly Endpoint[] {
  return [
    endpoint(handOutCredentials, async ({ id, purpose = 'credentials' }, call) => {
      const connection = await connectionToUse(connections, id, call);
      const key = configKeyOf(urlOf(connection));
      return loginOf(await handOut(connections, { connection, key }, { ...call, purpose }));
    }),
    endpoint(makeKubernetesSecret, async ({ id, namespace }, call) => {
      const connection = await connectionToUse(connections, id, call);
      const isAlone = (await onSameHost(connections, connection, call)).length === 1;
      const key = configKeyOf(urlOf(connection), isAlone ? 'host' : 'path');
      const handed = await handOut(connections, { connection, key }, { ...call, purpose: 'kubernetes-secret' });
      const secret = written(() =>
        kubernetesSecret({
          id,
          ...(namespace !== undefined && { namespace }),
          login: withKey(handed),
          setAt: connection.credential.setAt,
          ...(handed.expiresAt !== undefined && { expiresAt: handed.expiresAt }),
        }),
      );
      const remarks = [...remarksOn(handed, now())];
      return { secret, yaml: yamlOf(secret), expiresAt: timeOf(handed.expiresAt), remarks };
    }),
    endpoint(showLoginLines, async ({ id }, call) => {
      const connection = await connectionToUse(connections, id, call);
      const url = urlOf(connection);
      const username = loginUsername(connection);
      return {
        ...namesOf(connection),
        host: url.host,
        key: configKeyOf(url),
        username,
        lines: [...loginLines(url, username)],
        remarks: connection.isPlainHttp
          ? [`${url.host} has no TLS: docker wants it among the insecure-registries of its daemon.`]
          : [],
      };
    }),
  ];
}

function ofMany({ connections, now }: CredentialParts): readonly Endpoint[] {
  return [
    endpoint(listUsableRegistries, async ({ project }, { identity }) => {
      const { keyed, leftOut, remarks } = configKeys(
        await usableConnections(connections, identity, project === undefined ? {} : { project }),
      );
      const registries = [
        ...keyed.map(({ connection, key }) => usableOf(connection, key)),
        ...leftOut.map(({ connection }) => usableOf(connection, null)),
      ];
      return { registries: registries.toSorted((a, b) => (a.name < b.name ? -1 : 1)), remarks: [...remarks] };
    }),
    endpoint(makeDockerConfig, async ({ registries, project, host, purpose = 'docker-config' }, call) => {
      const wanted = await wantedConnections(connections, { registries, project, host }, call);
      const keys = host === undefined ? configKeys(wanted, { areNamed: registries !== undefined }) : oneOf(wanted);
      const { handed, leftOut } = await handOutAll(connections, keys.keyed, { ...call, purpose });
      return {
        config: {
          auths: { ...written(() => dockerConfig(handed.map(withKey))).auths },
        },
        registries: handed.map(({ connection, key, login, expiresAt }) => ({
          ...namesOf(connection),
          key,
          username: login.username,
          expiresAt: timeOf(expiresAt),
        })),
        leftOut: [...keys.leftOut, ...leftOut].map(leftOutOf),
        remarks: [...keys.remarks, ...handed.flatMap((one) => remarksOn(one, now()))],
      };
    }),
  ];
}

interface Wanted {
  readonly registries: readonly string[] | undefined;
  readonly project: string | undefined;
  readonly host: string | undefined;
}

async function wantedConnections(
  connections: HandingConnections,
  { registries, project, host }: Wanted,
  { identity }: AdminCall,
): Promise<readonly Connection[]> {
  const wantedHost = host === undefined ? undefined : read(host);
  const found =
    registries === undefined
      ? await usableConnections(connections, identity, {
          ...(project !== undefined && { project }),
          ...(wantedHost !== undefined && { search: wantedHost }),
        })
      : await Promise.all(
          [...new Set(registries)].map((id) => accessibleConnection(connections, id, 'registries:use', identity)),
        );
  return found.filter(
    (connection) =>
      (wantedHost === undefined || urlOf(connection).host === wantedHost) &&
      (project === undefined || connection.project === project),
  );
}

/** Who asks by a host gets one login, as for a client that knows no more than that. */
function oneOf(connections: readonly Connection[]): ReturnType<typeof configKeys> {
  const connection = firstOf(connections);
  return {
    keyed: connection === undefined ? [] : [{ connection, key: configKeyOf(urlOf(connection)) }],
    leftOut: [],
    remarks: [],
  };
}

/** @throws {ProblemError} there is no secret to log in with, besides what {@link accessibleConnection} throws. */
async function connectionToUse(
  connections: HandingConnections,
  id: string,
  { identity }: AdminCall,
): Promise<Connection> {
  const connection = await accessibleConnection(connections, id, 'registries:use', identity);
  if (connection.logsIn) return connection;
  throw new ProblemError(409, 'REGISTRY_ANONYMOUS', `Nobody logs in at ${connection.name}: it has no secret.`);
}

async function onSameHost(
  connections: HandingConnections,
  connection: Connection,
  { identity }: AdminCall,
): Promise<readonly Connection[]> {
  const { host } = urlOf(connection);
  const { project } = connection;
  const found = await usableConnections(connections, identity, { project, search: host });
  return found.filter((other) => urlOf(other).host === host);
}

/** A login keeps its password from whoever copies it by chance. */
function withKey({ key, login }: HandedOut): HandedLogin {
  return { key, username: login.username, password: login.password };
}

function loginOf({ connection, key, login, expiresAt }: HandedOut): HandedLoginReply {
  const { username, password } = login;
  const auth = written(() => dockerConfig([{ key, username, password }])).auths[key]?.auth ?? '';
  return {
    ...namesOf(connection),
    key,
    host: urlOf(connection).host,
    username,
    password,
    auth,
    expiresAt: timeOf(expiresAt),
  };
}

function usableOf(connection: Connection, key: string | null): UsableRegistry {
  const { kind, url } = connection;
  return { ...namesOf(connection), kind, url, host: urlOf(connection).host, key, username: loginUsername(connection) };
}

function leftOutOf({ connection, reason }: LeftOut): ReturnType<typeof namesOf> & { reason: string } {
  return { ...namesOf(connection), reason };
}

function namesOf({ id, name, project }: Connection): { id: string; name: string; project: string } {
  return { id, name, project };
}

function urlOf({ url, isPlainHttp }: Connection): ReturnType<typeof parseRegistryUrl> {
  return parseRegistryUrl(isPlainHttp ? `http://${url}` : url);
}

function timeOf(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}

function read(host: string): string {
  try {
    return hostOfKey(host);
  } catch (error) {
    if (!(error instanceof RegistryUrlError)) throw error;
    throw new ProblemError(400, 'INPUT_INVALID', error.message, {
      errors: [{ field: 'host', message: error.message }],
    });
  }
}

/** @throws {ProblemError} these credentials have no place in what was asked for. */
function written<Document>(make: () => Document): Document {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LoginUnwritableError || error instanceof SecretInvalidError)) throw error;
    throw new ProblemError(409, 'CREDENTIALS_UNWRITABLE', error.message);
  }
}
