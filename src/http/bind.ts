import { chmodSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import type { Server } from 'bun';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** Starts a server at an address; throws what the system says. */
export type StartServer = (address: ListenAddress) => Server<undefined>;

/** The address cannot be listened on: taken, not of this machine, or not permitted. The message says which. */
export class ListenError extends Error {
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Starts a server where `address` says.
 *
 * @throws {ListenError}
 */
export async function bind(address: ListenAddress, start: StartServer): Promise<Server<undefined>> {
  try {
    if ('unix' in address) return await bindFile(address.unix, () => start(address));
    if (address.hostname !== undefined) return start(address);
    return bindEverything(address.port, start);
  } catch (error) {
    throw new ListenError(explain(address, error), { cause: error });
  }
}

/** A process that was killed leaves its socket file behind, and nobody behind the file. */
async function bindFile(path: string, start: () => Server<undefined>): Promise<Server<undefined>> {
  try {
    return startOnFile(path, start);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE' || (await isAnswered(path))) throw error;
    unlinkSync(path);
    return startOnFile(path, start);
  }
}

/** The file must never be open to others, not even between its creation and a `chmod`. */
function startOnFile(path: string, start: () => Server<undefined>): Server<undefined> {
  const mask = process.umask(0o177);
  try {
    const server = start();
    chmodSync(path, 0o600);
    return server;
  } finally {
    process.umask(mask);
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    // Anything but a refusal says that we may not know: the file is then left alone.
    socket.once('error', (error) => settle(codeOf(error) !== 'ECONNREFUSED'));
  });
}

/** A machine whose kernel has no IPv6 still has IPv4. */
function bindEverything(port: number, start: StartServer): Server<undefined> {
  try {
    return start({ hostname: '::', port });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES') throw error;
    return start({ hostname: '0.0.0.0', port });
  }
}

function explain(address: ListenAddress, error: unknown): string {
  const where = formatListenAddress(address);
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `${where} is already in use by another program`;
    case 'EACCES':
      return `not permitted to listen on ${where}: ports below 1024 and other people's folders need more rights`;
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this machine`;
    default:
      return `cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
