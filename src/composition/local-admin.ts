import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { localAdministrator } from '../auth/identity.ts';
import { CannotReachError, CliError } from '../cli/cli-error.ts';
import type { AdminConnection } from '../cli/cli-host.ts';
import type { Config } from '../config.ts';
import { FolderInUseError } from '../storage/filesystem/folder-lock.ts';
import type { Logger } from '../telemetry/log.ts';
import { adminApiOf } from './admin.ts';
import { databaseOf } from './facts.ts';
import { openInstallation } from './installation.ts';
import { VERSION } from './version.ts';

/** The control socket of the server that works with a data folder. */
export function socketOf(folder: string): string {
  return join(folder, 'havre.sock');
}

/**
 * The admin API of the installation on this machine: the running server's, through its control socket, or else that of
 * the folder itself, opened for as long as the connection lasts. Where the facts are in PostgreSQL, the folder need hold
 * nothing: it is one more node, for a moment.
 */
export async function connectLocalAdmin(config: Config, log: Logger): Promise<AdminConnection> {
  const socket = socketOf(config.data);
  if (await isAnswered(socket)) {
    return { send: (request) => sendTo(socket, signed(request)), close: async () => undefined };
  }
  if (config.database.url === undefined && !existsSync(databaseOf(config.data))) {
    // Making one now would hide a wrong folder, and leave the first start without an administrator to make.
    throw new CliError(
      `There is no installation in ${config.data}. Name its folder with --data, or make one: havre serve`,
    );
  }
  const now = (): Date => new Date();
  const installation = await openInstallation(config, log, now).catch((error: unknown) => {
    if (error instanceof FolderInUseError) throw new CannotReachError(`${error.message}.`, { cause: error });
    throw new CliError(messageOf(error), { cause: error });
  });
  const api = adminApiOf(config, installation, log, now);
  const identity = localAdministrator();
  return { send: (request) => api(signed(request), identity), close: () => installation.close() };
}

/** Who is the local administrator just now: the audit has it as the client says it. */
function signed(request: Request): Request {
  request.headers.set('User-Agent', `havre/${VERSION} (${systemUser()})`);
  return request;
}

/** By number: a user of a container may have no name. Windows has none of these numbers. */
function systemUser(): string {
  const uid = process.getuid?.();
  return uid === undefined ? userInfo().username : `uid ${uid}`;
}

/** A socket file may be left over from a server that was killed: only an answer counts. */
async function isAnswered(socket: string): Promise<boolean> {
  try {
    return (await fetch('http://localhost/livez', { unix: socket })).ok;
  } catch {
    return false;
  }
}

async function sendTo(socket: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  try {
    return await fetch(`http://localhost${pathname}${search}`, {
      unix: socket,
      method: request.method,
      headers: request.headers,
      body: request.body === null ? null : await request.arrayBuffer(),
      signal: request.signal,
    });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new CannotReachError('The server stopped answering. Try again.', { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
