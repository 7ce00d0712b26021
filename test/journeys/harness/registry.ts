import { resolve } from 'node:path';
import { run, runOk, type Finished } from '../../support/process.ts';
import { startHavre, type HavreOptions, type RunningHavre } from '../../support/server.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../../bin/havre.js');

/** Every journey is done within it, or hangs: clients retry, and one has to start a Docker daemon. Milliseconds. */
export const JOURNEY_MILLISECONDS = 180_000;

/** A running Havre, as its administrator and its clients see it. */
export interface Registry extends AsyncDisposable {
  readonly server: RunningHavre;
  /** What stands before the slash of an image's name: `localhost:<port>`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Starts Havre for a journey, and stops it, the polite way, when disposed of. */
export async function openRegistry(options: HavreOptions = {}): Promise<Registry> {
  const server = await startHavre(options);
  return {
    server,
    host: `localhost:${server.port}`,
    username: server.username,
    password: server.password,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
    },
  };
}

/** Runs `havre …` on the installation of a running server, as an administrator at its terminal does. */
export function havre({ server }: Registry, args: readonly string[], input = ''): Promise<Finished> {
  return run(['node', LAUNCHER, ...args], { env: { HAVRE_DATA: server.data }, input });
}

/** As {@link havre}, for a command that must succeed. @returns its standard output. */
export function havreOk({ server }: Registry, args: readonly string[], input = ''): Promise<string> {
  return runOk(['node', LAUNCHER, ...args], { env: { HAVRE_DATA: server.data }, input });
}

/** Makes a token, a robot's password. @param scope as `team/**:pull,push`. */
export async function makeToken(registry: Registry, name: string, scope: string): Promise<string> {
  const answer: unknown = JSON.parse(await havreOk(registry, ['token', 'create', name, '--scope', scope, '--json']));
  if (typeof answer === 'object' && answer !== null && 'token' in answer && typeof answer.token === 'string') {
    return answer.token;
  }
  throw new Error('token create printed no token');
}

/** What a modern client takes as a manifest: registries of the last generation convert for those who say less. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** One request by the administrator. The body is left to the caller. */
export async function ask({ server }: Registry, method: string, path: string): Promise<Response> {
  const headers = { Authorization: server.authorization, Accept: MANIFEST_TYPES };
  return await fetch(`${server.url}${path}`, { method, headers, tls: { rejectUnauthorized: false } });
}

/** The digest that a tag names now, or `undefined` when there is no such tag. @param name `team/app:1.0` */
export async function digestOf(registry: Registry, name: string): Promise<string | undefined> {
  const [repository, tag] = splitName(name);
  const reply = await ask(registry, 'HEAD', `/v2/${repository}/manifests/${tag}`);
  return reply.status === 200 ? (reply.headers.get('docker-content-digest') ?? undefined) : undefined;
}

function splitName(name: string): [string, string] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}
