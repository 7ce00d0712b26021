import { join, resolve } from 'node:path';
import { freePort } from '../../support/ports.ts';
import { basicAuthorization } from '../../support/server.ts';
import { spawnServer, type Contender, type RunningServer, type StartOptions } from './server.ts';

/** As bin/havre.js starts it, without the launcher between: its process is the one that is measured. */
const HAVRE = [process.execPath, '--no-env-file', '--no-install', resolve(import.meta.dirname, '../../../src/main.ts')];

/** The bench's administrator, who pushes; when a login is asked for, the same user pulls with it. */
const ADMINISTRATOR = { username: 'admin', password: 'a-long-enough-password' };

/** Havre as it starts by default: durable, one log line per request, pulls open to everybody when no login is asked for. */
export const havre: Contender = {
  name: 'havre',
  missing: () => undefined,
  start: startHavre,
};

async function startHavre(options: StartOptions): Promise<RunningServer> {
  const port = await freePort();
  const login = options.login ?? ADMINISTRATOR;
  const environment = {
    HAVRE_DATA: join(options.folder, 'data'),
    REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
    REGISTRY_USERNAME: login.username,
    REGISTRY_PASSWORD: login.password,
  };
  const server = await spawnServer({
    name: 'havre',
    command: [...HAVRE, 'serve'],
    port,
    environment,
    authorization: basicAuthorization(login.username, login.password),
  });
  if (options.login === undefined) await openPulls(environment);
  return server;
}

/** Lets everybody pull everything, as the peers do without authentication. */
async function openPulls(environment: Readonly<Record<string, string>>): Promise<void> {
  const command = [...HAVRE, 'grant', 'add', '--anonymous', '**', 'pull'];
  const child = Bun.spawn(command, { env: { ...process.env, ...environment }, stdout: 'pipe', stderr: 'pipe' });
  if ((await child.exited) !== 0) throw new Error(`grant add: ${await new Response(child.stderr).text()}`);
}
