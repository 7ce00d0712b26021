import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAUNCHER } from './command-line.ts';
import { inNamespace } from './daemon.ts';
import { plainEnvironment } from './environment.ts';
import { eventually } from './eventually.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { descendants, isRunning } from './process.ts';

const READY_SECONDS = 20;
/** More than the server gives running requests when it is told to stop. */
const STOP_SECONDS = 60;

export interface HavreOptions {
  /** Added to, and stronger than, the environment described at {@link startHavre}. `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The data folder. Given: it is the caller's, and stays. Not given: a new one, removed when the server ends. */
  readonly data?: string;
  /** The working folder, where `.env` and `havre.yaml` are looked for. Default: that of the tests. */
  readonly folder?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Default `http`. With `https` the environment must name a certificate. */
  readonly scheme?: 'http' | 'https';
  /** Arguments after `serve`. */
  readonly args?: readonly string[];
  /** The machine it runs on. Default: this one, on its loopback address. */
  readonly machine?: { readonly address: string; readonly namespace: string } | undefined;
}

export interface RunningHavre {
  /** `http://127.0.0.1:<port>`, or the address of its machine; without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly data: string;
  readonly username: string;
  readonly password: string;
  /** The `Authorization` header of the administrator. */
  readonly authorization: string;
  /** The process that serves: the launcher's child, where the launcher has one. */
  readonly pid: number;
  /** Everything printed so far, on both streams. */
  logs(): string;
  /** SIGTERM, then waits for the end. @returns the exit status. */
  stop(): Promise<number>;
  /** SIGKILL of the server and its launcher: no handler of theirs runs. */
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server that ended by itself before it was ready. */
export class EarlyExitError extends Error {
  readonly status: number;
  readonly logs: string;
  constructor(status: number, logs: string) {
    super(`havre serve ended with status ${status} before it was ready:\n${logs}`);
    this.name = 'EarlyExitError';
    this.status = status;
    this.logs = logs;
  }
}

/**
 * Starts the real program, `bin/havre.js serve`, with a data folder and a port of its own, and waits until it is ready.
 * Nothing of the caller's own `HAVRE_*` and `REGISTRY_*` variables gets through. The administrator is `admin`, with the
 * password that is returned.
 *
 * With `TEST_TOPOLOGY=cluster` it is three of them on one PostgreSQL and one S3, behind a load balancer: see
 * `test/cluster/on-three-nodes.ts`.
 *
 * @throws {EarlyExitError} it ended before it was ready.
 */
export async function startHavre(options: HavreOptions = {}): Promise<RunningHavre> {
  if (process.env['TEST_TOPOLOGY'] !== 'cluster') return await startOneHavre(options);
  const { startThreeHavres } = await import('../cluster/three-havres.ts');
  return await startThreeHavres(options);
}

/** As {@link startHavre}, wherever the tests run. */
export async function startOneHavre(options: HavreOptions = {}): Promise<RunningHavre> {
  const address = options.machine?.address ?? '127.0.0.1';
  const port = options.port ?? (await freePort());
  const data = options.data ?? temporaryFolder('data');
  const isOurs = options.data === undefined;
  const login = { username: 'admin', password: 'a password for tests' };
  const printed = temporaryFolder('log');
  const log = join(printed, 'log');
  const logs = (): string => readFileSync(log, 'utf8');
  const stream = openSync(log, 'w');
  const command = ['node', LAUNCHER, 'serve', ...(options.args ?? [])];
  const child = Bun.spawn(inNamespace(options.machine?.namespace, command), {
    ...(options.folder !== undefined && { cwd: options.folder }),
    env: environment({ data, address: `${address}:${port}`, ...login }, options.env),
    stdin: 'ignore',
    stdout: stream,
    stderr: stream,
    detached: true,
  });
  closeSync(stream);
  let kept: string | undefined;
  const clean = (): void => {
    kept ??= logs();
    removeFolder(printed);
    if (isOurs) removeFolder(data);
  };
  const url = `${options.scheme ?? 'http'}://${address}:${port}`;
  try {
    await untilReady(url, () => child.exitCode, logs);
  } catch (error) {
    await killTree(child);
    clean();
    throw error;
  }
  const pid = descendants(child.pid).at(-1) ?? child.pid;
  const stop = async (): Promise<number> => {
    process.kill(child.pid, 'SIGTERM');
    const status = await endOf(child, STOP_SECONDS, logs);
    clean();
    return status;
  };
  const kill = async (): Promise<void> => {
    await killTree(child);
    clean();
  };
  return {
    url,
    port,
    data,
    ...login,
    authorization: basicAuthorization(login.username, login.password),
    pid,
    logs: () => kept ?? logs(),
    stop,
    kill,
    [Symbol.asyncDispose]: async () => {
      if (kept === undefined) await kill();
    },
  };
}

/** The `Authorization` header of a name and a password. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

type Child = Bun.Subprocess<'ignore', number, number>;

function environment(
  defaults: { data: string; address: string; username: string; password: string },
  given: HavreOptions['env'],
): Record<string, string | undefined> {
  return {
    ...plainEnvironment(),
    HAVRE_DATA: defaults.data,
    HAVRE_HTTP_ADDRESS: defaults.address,
    REGISTRY_USERNAME: defaults.username,
    REGISTRY_PASSWORD: defaults.password,
    REGISTRY_STORAGE_DELETE_ENABLED: 'true',
    ...given,
  };
}

async function untilReady(url: string, exitCode: () => number | null, logs: () => string): Promise<void> {
  const ask = async (): Promise<void> => {
    const ended = exitCode();
    if (ended !== null) return;
    const reply = await fetch(`${url}/readyz`, {
      tls: { rejectUnauthorized: false },
      signal: AbortSignal.timeout(2000),
    });
    await reply.arrayBuffer();
    if (reply.status !== 200) throw new Error(`/readyz answers ${reply.status}`);
  };
  try {
    await eventually('the server is ready', ask, READY_SECONDS);
  } catch (error) {
    throw new Error(`not ready within ${READY_SECONDS} s:\n${logs()}`, { cause: error });
  }
  const ended = exitCode();
  if (ended !== null) throw new EarlyExitError(ended, logs());
}

/** The launcher first, so that it cannot start anything or report the end of its child. */
async function killTree(child: Child): Promise<void> {
  const below = descendants(child.pid);
  for (const pid of [child.pid, ...below]) killIfRunning(pid);
  await child.exited;
  await eventually('the killed processes are gone', () => {
    if (below.some(isRunning)) throw new Error('still there');
  });
}

async function endOf(child: Child, seconds: number, logs: () => string): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no end within ${seconds} s of SIGTERM:\n${logs()}`)),
    seconds * 1000,
  );
  try {
    return await Promise.race([child.exited, late.promise]);
  } catch (error) {
    await killTree(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
