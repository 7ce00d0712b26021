import type { Server } from 'bun';
import { bind } from './bind.ts';
import { type Connection, type ConnectionContext, RequestConnection } from './connection.ts';
import type { ListenAddress } from './listen-address.ts';
import type { KeyPair } from './tls/key-pair.ts';

export type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

/** What all generations of one listener share. */
export interface Site {
  readonly handler: Handler;
  readonly context: ConnectionContext;
  readonly onError: (error: unknown) => void;
  readonly minimumTls: '1.2' | '1.3';
}

/** Largest body in bytes. Bounds belong to whoever reads the body, who knows what is reasonable there. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;
/** The numbers of the protocol itself, which is what Bun takes. Without it 1.0 and 1.1 are refused already; we say so. */
const TLS_VERSIONS = { '1.2': 0x03_03, '1.3': 0x03_04 } as const;

/**
 * One server of Bun's, with the certificate it was started with: Bun cannot change it, so that a listener replaces the
 * whole server, and the old one ends when its last connection does.
 */
export class Generation {
  readonly pair: KeyPair | undefined;
  readonly server: Server<undefined>;
  readonly #retirement: { isRetiring: boolean };

  private constructor(server: Server<undefined>, pair: KeyPair | undefined, retirement: { isRetiring: boolean }) {
    this.server = server;
    this.pair = pair;
    this.#retirement = retirement;
  }

  /** @throws {ListenError} */
  static async open(site: Site, address: ListenAddress, pair?: KeyPair): Promise<Generation> {
    const retirement = { isRetiring: false };
    const options = serveOptions(site, retirement);
    const server = await bind(address, (where) =>
      'unix' in where
        ? Bun.serve(onFile(options, where.unix))
        : // Only what is to be replaced shares its port. By itself, with `development: false`, Bun shares every port: a
          // second program would take half of our clients.
          Bun.serve({
            ...options,
            ...where,
            reusePort: pair !== undefined,
            ...(pair && { tls: tlsOptions(site, pair) }),
          }),
    );
    return new Generation(server, pair, retirement);
  }

  /** From now on each reply asks its client to connect anew, so that nobody is surprised by the end. */
  retire(): void {
    this.#retirement.isRetiring = true;
  }
}

/**
 * Behind the file is the owner of this process, who may wait for as long as a command takes. Bun obeys `idleTimeout`
 * there too (and its default of ten seconds), though its types do not have it: hence the cast.
 */
function onFile(options: ReturnType<typeof serveOptions>, unix: string): Bun.Serve.Options<undefined> {
  return { ...options, unix, idleTimeout: 0 } as unknown as Bun.Serve.Options<undefined>;
}

function serveOptions({ handler, context, onError }: Site, retirement: { readonly isRetiring: boolean }) {
  return {
    development: false,
    maxRequestBodySize: UNBOUNDED,
    idleTimeout: context.idleTimeoutSeconds,
    fetch: (request: Request, server: Server<undefined>) => {
      const answer = handler(request, new RequestConnection(request, server, context));
      return retirement.isRetiring ? withClose(answer) : answer;
    },
    error: (error: unknown) => {
      onError(error);
      return new Response('internal server error\n', { status: 500 });
    },
  } as const;
}

function tlsOptions({ minimumTls }: Site, { certificate, key }: KeyPair) {
  return { cert: certificate, key, minVersion: TLS_VERSIONS[minimumTls] };
}

async function withClose(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  response.headers.set('Connection', 'close');
  return response;
}
