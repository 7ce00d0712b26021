import { join, resolve } from 'node:path';
import { freePort } from '../../support/ports.ts';
import { basicAuthorization } from '../../support/server.ts';
import { writeHtpasswd } from './htpasswd.ts';
import {
  cleanEnvironment,
  spawnServer,
  type Contender,
  type Login,
  type RunningServer,
  type StartOptions,
} from './server.ts';

/** The program as bin/havre.js starts it, without the launcher between: its process is the one that is measured. */
export const HAVRE = [
  process.execPath,
  '--no-env-file',
  '--no-install',
  resolve(import.meta.dirname, '../../../src/main.ts'),
];

/** Who pushes where pulls are open: Havre, unlike its peers, never takes pushes from nobody. */
const ADMINISTRATOR: Login = { username: 'admin', password: 'a-long-enough-password' };

/** Havre as it starts by default: durable, one log line per request, pulls open to everybody when no login is asked for. */
export const havre: Contender = {
  name: 'havre',
  missing: () => undefined,
  versionCommand: () => [...HAVRE, 'version'],
  start: startHavre,
};

async function startHavre(options: StartOptions): Promise<RunningServer> {
  const port = await freePort();
  const htpasswd = join(options.folder, 'htpasswd');
  if (options.login) await writeHtpasswd(htpasswd, options.login);
  const environment = {
    HAVRE_DATA: join(options.folder, 'data'),
    REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
    REGISTRY_USERNAME: ADMINISTRATOR.username,
    REGISTRY_PASSWORD: ADMINISTRATOR.password,
    ...(options.login && { REGISTRY_AUTH_HTPASSWD_PATH: htpasswd }),
    ...elsewhere(options),
  };
  const { username, password } = options.login ?? ADMINISTRATOR;
  const server = await spawnServer({
    name: 'havre',
    command: [...HAVRE, 'serve'],
    folder: options.folder,
    port,
    environment,
    authorization: basicAuthorization(username, password),
  });
  if (options.login === undefined) await openPulls(options.folder, environment);
  return server;
}

/** What is not in the data folder. */
function elsewhere({ databaseUrl, objects }: StartOptions): Record<string, string> {
  return {
    ...(databaseUrl !== undefined && { HAVRE_DATABASE_URL: databaseUrl }),
    ...(objects && { HAVRE_STORAGE: objects.server.storage(objects.prefix), ...objects.server.credentials }),
  };
}

/** Lets everybody pull everything, as the peers do without authentication. */
async function openPulls(folder: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const command = [...HAVRE, 'grant', 'add', '--anonymous', '**', 'pull'];
  const child = Bun.spawn(command, { cwd: folder, env: cleanEnvironment(environment), stdout: 'pipe', stderr: 'pipe' });
  if ((await child.exited) !== 0) throw new Error(`grant add: ${await new Response(child.stderr).text()}`);
}
