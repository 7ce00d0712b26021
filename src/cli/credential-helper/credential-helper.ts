import type { AdminConnection } from '../cli-host.ts';

/** What {@link runCredentialHelper} needs of the world. It loads nothing heavy: a client starts it for every pull. */
export interface HelperHost {
  readonly version: string;
  /** All that the client wrote. */
  readonly input: () => Promise<string>;
  /** The admin API of the Havre that knows the registries; `undefined`: nobody said which. */
  readonly connect: () => Promise<HelperConnection | undefined>;
}

export interface HelperConnection extends Pick<AdminConnection, 'send'> {
  /** How it logs in at the server itself, which is a registry as well. Absent: by the socket of its folder. */
  readonly own?: { readonly host: string; readonly username: string; readonly password: string };
  /** Whose registries are meant. */
  readonly project?: string;
}

export interface HelperAnswer {
  /** Goes to stdout, where clients also look for what went wrong. */
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** By this very sentence clients know that there is no login, and go on without one. */
const NOT_FOUND = 'credentials not found in native keychain';

const NOWHERE =
  'docker-credential-havre does not know where Havre is: havre docker-config --helper --save-login --server https://…, or HAVRE_REMOTE_SERVER, HAVRE_REMOTE_USERNAME and HAVRE_REMOTE_PASSWORD.';

const KEEPS_NOTHING =
  'docker-credential-havre keeps no logins: Havre knows them. Connect the registry there (havre registries add), or take the line with "havre" out of docker\'s configuration.';

/** Docker's protocol of credential helpers: a verb, and a server or a document on stdin. Never throws. */
export async function runCredentialHelper(verb: string | undefined, host: HelperHost): Promise<HelperAnswer> {
  try {
    switch (verb) {
      case 'get':
        return await get(host);
      case 'list':
        return await list(host);
      case 'store':
      case 'erase':
        await host.input();
        return failed(KEEPS_NOTHING);
      case 'version':
      case '--version':
        return { text: `docker-credential-havre ${host.version}`, exitCode: 0 };
      default:
        return failed('docker-credential-havre is started by docker and its like: get, list, store, erase or version.');
    }
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

async function get(host: HelperHost): Promise<HelperAnswer> {
  const server = (await host.input()).trim();
  if (server === '') return failed('no credentials server URL');
  const connection = await host.connect();
  if (connection === undefined) return failed(NOWHERE);
  const { own, project } = connection;
  if (own?.host === bareHost(server)) return credentials(server, own.username, own.password);
  const { config } = await ask(connection, 'POST', { host: server, purpose: 'docker-credential-havre', project });
  const [login] = Object.values(config?.auths ?? {});
  return login === undefined ? failed(NOT_FOUND) : credentials(server, login.username, login.password);
}

/** Which there are, and as whom. No secret is handed out for it. */
async function list(host: HelperHost): Promise<HelperAnswer> {
  const connection = await host.connect();
  if (connection === undefined) return failed(NOWHERE);
  const { registries = [] } = await ask(connection, 'GET', { project: connection.project });
  const usable = registries.filter(({ host: at }) => at !== '').map(({ host: at, username }) => [keyOf(at), username]);
  return { text: JSON.stringify(Object.fromEntries(usable)), exitCode: 0 };
}

/** What of the replies of `/api/v1/docker-config` matters here. Checking them whole would load the schemas. */
interface Reply {
  readonly config?: { readonly auths?: Readonly<Record<string, { username: string; password: string }>> };
  readonly leftOut?: readonly { readonly name: string; readonly reason: string }[];
  readonly registries?: readonly { readonly host: string; readonly username: string }[];
  readonly detail?: string;
}

async function ask(
  connection: HelperConnection,
  method: 'GET' | 'POST',
  fields: Readonly<Record<string, string | undefined>>,
): Promise<Reply> {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  const query = method === 'GET' && given.length > 0 ? `?${new URLSearchParams(given)}` : '';
  const response = await connection.send(
    new Request(`http://havre/api/v1/docker-config${query}`, {
      method,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(Object.fromEntries(given)) }),
    }),
  );
  const reply = (await response.json().catch(() => ({}))) as Reply;
  if (response.status === 401) throw new Error('Havre does not accept the login of docker-credential-havre.');
  if (!response.ok) throw new Error(`Havre says ${response.status}: ${reply.detail ?? 'nothing more'}`);
  const [left] = reply.leftOut ?? [];
  if (left !== undefined) throw new Error(`Havre has no login for ${left.name} just now: ${left.reason}`);
  return reply;
}

function credentials(server: string, username: string, password: string): HelperAnswer {
  return { text: JSON.stringify({ ServerURL: server, Username: username, Secret: password }), exitCode: 0 };
}

function failed(text: string): HelperAnswer {
  return { text, exitCode: 1 };
}

function bareHost(server: string): string {
  return server
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
}

/** As docker calls Docker Hub. */
function keyOf(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
}
