import { chmodSync } from 'node:fs';
import type { Server } from 'bun';
import { type Connection, type ConnectionContext, RequestConnection } from './connection.ts';
import { formatListenAddress, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

export interface ListenerOptions {
  /** `:5000`, `127.0.0.1:0`, `[::]:5000` or `unix:/path/to.sock` (a file only its owner may use). */
  readonly address: string;
  /** IP addresses and CIDR blocks of the proxies whose forwarding headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** After how many seconds without a byte a connection is closed. 1 to 255, default 60. */
  readonly idleTimeoutSeconds?: number;
  /** Told what a handler threw: the client only learns that something failed. */
  readonly onError?: (error: unknown) => void;
}

/** A running HTTP server. */
export interface Listener {
  /** Where it can be reached from this machine: `http://127.0.0.1:5000`, or `unix:/path/to.sock`. */
  readonly url: string;
  /** `undefined` for a socket file. */
  readonly port: number | undefined;
  /** Requests being answered now. */
  readonly pendingRequests: number;

  /**
   * Accepts no more connections, lets running requests finish, then cuts what is left. Safe to call twice.
   *
   * @param drainSeconds how long running requests may take to finish. 0 cuts at once.
   * @returns how many requests were cut.
   */
  stop(drainSeconds: number): Promise<number>;
}

/** The address cannot be listened on: taken, not of this machine, or not permitted. The message says which. */
export class ListenError extends Error {
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Largest body in bytes. Bounds belong to whoever reads the body, who knows what is reasonable there. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/**
 * Starts answering.
 *
 * @throws {ListenError} the address is taken, is not of this machine, or needs more rights.
 * @throws {ListenAddressInvalidError}
 * @throws {ProxyAddressInvalidError}
 */
export async function openListener(options: ListenerOptions, handler: Handler): Promise<Listener> {
  const address = parseListenAddress(options.address);
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const idleTimeoutSeconds = options.idleTimeoutSeconds ?? 60;
  const context: ConnectionContext = { proxies, secure: false, fallbackHost: 'localhost', idleTimeoutSeconds };
  const shared = {
    development: false,
    maxRequestBodySize: UNBOUNDED,
    fetch: (request: Request, server: Server<undefined>) =>
      handler(request, new RequestConnection(request, server, context)),
    error: (error: unknown) => {
      options.onError?.(error);
      return new Response('internal server error\n', { status: 500 });
    },
  } as const;

  const server = listen(address, (where) =>
    'unix' in where
      ? Bun.serve({ ...shared, unix: where.unix })
      : // With `development: false` alone, Bun lets a second program bind the same port and take half the clients.
        Bun.serve({ ...shared, ...where, reusePort: false, idleTimeout: idleTimeoutSeconds }),
  );
  return {
    url: reachableUrl(address, server),
    port: server.port,
    get pendingRequests() {
      return server.pendingRequests;
    },
    stop: (drainSeconds) => drain(server, drainSeconds),
  };
}

function listen(address: ListenAddress, serve: (address: ListenAddress) => Server<undefined>): Server<undefined> {
  try {
    if ('unix' in address) return listenOnFile(address.unix, () => serve(address));
    if (address.hostname !== undefined) return serve(address);
    return listenOnEverything(address.port, serve);
  } catch (error) {
    throw new ListenError(explain(address, error), { cause: error });
  }
}

/** The file must never be open to others, not even between its creation and a `chmod`. */
function listenOnFile(path: string, serve: () => Server<undefined>): Server<undefined> {
  const mask = process.umask(0o177);
  try {
    const server = serve();
    chmodSync(path, 0o600);
    return server;
  } finally {
    process.umask(mask);
  }
}

/** A machine whose kernel has no IPv6 still has IPv4. */
function listenOnEverything(port: number, serve: (address: ListenAddress) => Server<undefined>): Server<undefined> {
  try {
    return serve({ hostname: '::', port });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES') throw error;
    return serve({ hostname: '0.0.0.0', port });
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

function reachableUrl(address: ListenAddress, server: Server<undefined>): string {
  if ('unix' in address) return `unix:${address.unix}`;
  const { hostname } = address;
  const isEverything = hostname === undefined || hostname === '::' || hostname === '0.0.0.0';
  const host = isEverything ? '127.0.0.1' : hostname.includes(':') ? `[${hostname}]` : hostname;
  return `http://${host}:${server.port}`;
}

async function drain(server: Server<undefined>, drainSeconds: number): Promise<number> {
  const finished = server.stop();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainSeconds * 1_000);
  });
  await Promise.race([finished, timeout]);
  clearTimeout(timer);

  const cut = server.pendingRequests;
  await server.stop(true);
  return cut;
}
