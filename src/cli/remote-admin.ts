import type { AdminConnection, RemoteLogin } from './cli-host.ts';
import { CannotReachError, CliError, UsageError } from './cli-error.ts';

export interface RemoteServer extends RemoteLogin {
  /** PEM text of the authorities to believe besides those of the system. */
  readonly authorities?: string;
}

/**
 * The admin API of a server somewhere else, over HTTP. The password goes to that origin and nowhere else: redirects are
 * not followed.
 */
export function remoteAdmin({ server, name, password, authorities }: RemoteServer): AdminConnection {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  return {
    close: async () => undefined,
    send: async (request) => {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set('Authorization', authorization);
      const response = await reach(server, {
        path: pathname + search,
        method: request.method,
        headers,
        body: request.body === null ? null : await request.text(),
        signal: request.signal,
        ...(authorities === undefined ? {} : { tls: { ca: authorities } }),
      });
      if (response.status < 300 || response.status > 399) return response;
      throw new CliError(`${server} redirects to ${response.headers.get('location') ?? 'nowhere'}: name that instead.`);
    },
  };
}

interface Sending extends BunFetchRequestInit {
  readonly path: string;
}

async function reach(server: string, { path, ...init }: Sending): Promise<Response> {
  try {
    return await fetch(server + path, { ...init, redirect: 'manual' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new CannotReachError(`${server} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
}

/** Why a connection failed, as a sentence that says what to do. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    return code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? 'its certificate is for other names.'
      : code === 'CERT_HAS_EXPIRED'
        ? 'its certificate has expired.'
        : 'its certificate is signed by nobody known here. If the authority is your own, name its certificate with --ca.';
  }
  if (code === 'ConnectionRefused' || code === 'ECONNREFUSED') return 'nothing listens there. Is the server running?';
  if (/ENOTFOUND|EAI_AGAIN|DNS/.test(code)) return 'no address is known for this name.';
  return `${error instanceof Error ? error.message : String(error)}.`;
}

/**
 * The origin of a URL that somebody typed.
 *
 * @throws {UsageError}
 */
export function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new UsageError(`--server ${text}: it must be a URL such as https://registry.example.org.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--server: no password belongs into a URL; --login names the user.');
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`--server ${text}: nothing may follow the host and port.`);
  }
  return url.origin;
}

/** A password on such a connection can be read by anybody on the way. */
export function isExposed(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
