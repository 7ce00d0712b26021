import type { Server } from 'bun';
import ipaddr from 'ipaddr.js';
import { newRequestId, saneRequestId } from './request-id.ts';
import { type Forwarded, isHost, type TrustedProxies } from './trusted-proxies.ts';

/** What is known about a request besides its own bytes. Each value is worked out when first asked for. */
export interface Connection {
  /** IP address of the client, past the trusted proxies. Empty for a socket file. */
  readonly source: string;
  /** Whether the client speaks TLS, to us or to a trusted proxy. */
  readonly secure: boolean;
  /** `host[:port]` as the client names us. Checked: it cannot break out of a URL or a header. */
  readonly host: string;
  /** Unique in the logs; the proxy's own id when a trusted one sent `X-Request-Id`. */
  readonly requestId: string;

  /**
   * A function to be called at each piece of the body that arrives, with its size in bytes. Bun counts from the start of
   * the request, or from the last time it was told: without this, a slow client that never stalls is cut all the same.
   */
  keptAlive(): (pieceBytes: number) => void;

  /** What that function was told of, in all; `undefined` where nobody asked for it. */
  readonly receivedBytes: number | undefined;

  /**
   * For work that lasts while no byte moves, such as reading back what was received: the client, who can only wait, is
   * not taken for one that stalls. Start it when the body has been read: until it settles nobody is cut.
   */
  whileWorking<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** What every request of one listener shares. */
export interface ConnectionContext {
  readonly proxies: TrustedProxies;
  /** Whether the listener itself speaks TLS. */
  readonly secure: boolean;
  /** `host[:port]` to say when the client named none. */
  readonly fallbackHost: string;
  /** The idle timeout of the listener, in seconds. */
  readonly idleTimeoutSeconds: number;
}

/** Often enough for the shortest timeout, seldom enough to cost nothing. */
const RENEW_MILLISECONDS = 1_000;
/** The most that Bun takes, in seconds. 0 would be for ever, also for the idle connection that is left afterwards. */
export const LONGEST_IDLE_SECONDS = 255;

const SAID_NOTHING: Forwarded = {};

/** Values are lazy because asking for the peer costs a third of a small reply, and most requests never need it. */
export class RequestConnection implements Connection {
  readonly #request: Request;
  readonly #server: Server<undefined>;
  readonly #context: ConnectionContext;
  #peer: string | undefined;
  #forwarded: Forwarded | undefined;
  #requestId: string | undefined;
  #receivedBytes: number | undefined;

  constructor(request: Request, server: Server<undefined>, context: ConnectionContext) {
    this.#request = request;
    this.#server = server;
    this.#context = context;
  }

  get source(): string {
    return this.#saidByProxy().source ?? this.#peerAddress();
  }

  get secure(): boolean {
    return this.#saidByProxy().secure ?? this.#context.secure;
  }

  get host(): string {
    const host = this.#saidByProxy().host ?? this.#request.headers.get('host');
    return host !== null && isHost(host) ? host : this.#context.fallbackHost;
  }

  get requestId(): string {
    this.#requestId ??= this.#idFromProxy() ?? newRequestId();
    return this.#requestId;
  }

  get receivedBytes(): number | undefined {
    return this.#receivedBytes;
  }

  keptAlive(): (pieceBytes: number) => void {
    let toldAt = performance.now();
    let received = (this.#receivedBytes ??= 0);
    return (pieceBytes) => {
      received += pieceBytes;
      this.#receivedBytes = received;
      const now = performance.now();
      if (now - toldAt < RENEW_MILLISECONDS) return;
      toldAt = now;
      this.#cutAfter(this.#context.idleTimeoutSeconds);
    };
  }

  async whileWorking<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#cutAfter(LONGEST_IDLE_SECONDS);
    const renewing = setInterval(() => this.#cutAfter(LONGEST_IDLE_SECONDS), (LONGEST_IDLE_SECONDS / 2) * 1_000);
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      this.#cutAfter(this.#context.idleTimeoutSeconds);
    }
  }

  #cutAfter(idleSeconds: number): void {
    this.#server.timeout(this.#request, idleSeconds);
  }

  #idFromProxy(): string | undefined {
    if (this.#context.proxies.isEmpty) return undefined;
    const header = this.#request.headers.get('x-request-id');
    return header !== null && this.#isBehindProxy() ? saneRequestId(header) : undefined;
  }

  #saidByProxy(): Forwarded {
    if (this.#context.proxies.isEmpty) return SAID_NOTHING;
    this.#forwarded ??= this.#isBehindProxy() ? this.#context.proxies.read(this.#request.headers) : SAID_NOTHING;
    return this.#forwarded;
  }

  #isBehindProxy(): boolean {
    return this.#context.proxies.trusts(this.#peerAddress());
  }

  #peerAddress(): string {
    this.#peer ??= plainAddress(this.#server.requestIP(this.#request)?.address ?? '');
    return this.#peer;
  }
}

/** IPv4 clients of a dual-stack socket appear as `::ffff:192.0.2.1`; everybody knows them as `192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? ipaddr.process(address).toString() : address;
}
