import { UnreachableError, UnsafeAddressError } from './client-error.ts';
import { isPrivateAddress } from './network-place.ts';
import type { RegistryAddress } from './registry-address.ts';
import { discard } from './reply.ts';
import { anySignal, StalledError, Watchdog } from './watchdog.ts';

/** Made anew for every attempt: a stream can be sent only once. `alive` is to be called whenever some of it is sent. */
export type MakeBody = (alive: () => void) => Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string;

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: MakeBody;
  /** Sent to the registry itself, and to no other host. */
  readonly authorization?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A redirect to another host is given to the caller. Default: it is followed. */
  readonly staysHere?: boolean;
  /** How long nothing may move, where the other end has work to do first. Default: as for all. */
  readonly stallSeconds?: number;
}

export interface TransportOptions {
  readonly userAgent: string;
  /** PEM: authorities to believe besides those of the system. */
  readonly authorities?: string;
  /** Certificates are not checked, and redirects into private networks are followed. */
  readonly isInsecure?: boolean;
  /** How long nothing may move before an exchange is given up. Default 60. */
  readonly stallSeconds?: number;
}

const MAX_REDIRECTS = 10;
const DEFAULT_STALL_SECONDS = 60;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Requests to one registry, and to where it redirects. */
export class Transport {
  readonly #registry: RegistryAddress;
  readonly #origin: URL;
  readonly #options: TransportOptions;
  /** A registry that once answered is there, and will be again. */
  #hasAnswered = false;

  constructor(registry: RegistryAddress, options: TransportOptions) {
    this.#registry = registry;
    this.#origin = new URL(registry.origin);
    this.#options = options;
  }

  get stallSeconds(): number {
    return this.#options.stallSeconds ?? DEFAULT_STALL_SECONDS;
  }

  /**
   * One exchange, with its redirects. Any status that is no redirect is an answer.
   *
   * @throws {UnreachableError}
   * @throws {UnsafeAddressError} a redirect out of https, or into a private network.
   */
  async send(request: WireRequest): Promise<Response> {
    let { method, url } = request;
    let isBodySent = request.body !== undefined;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.#exchange({ ...request, method, url }, isBodySent);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return response;
      const next = this.locate(location, url);
      if (request.staysHere === true && next.origin !== url.origin) return response;
      await discard(response);
      url = next;
      if (response.status === 303 && method !== 'HEAD') {
        method = 'GET';
        isBodySent = false;
      }
    }
    throw new UnsafeAddressError(`${this.#registry.name} redirects more than ${MAX_REDIRECTS} times.`);
  }

  /**
   * The address that a `Location` means, if it is one to be asked.
   *
   * @throws {UnsafeAddressError}
   */
  locate(location: string, base: URL): URL {
    const next = URL.canParse(location, base.href) ? new URL(location, base) : undefined;
    const { name } = this.#registry;
    if (next === undefined || !/^https?:$/.test(next.protocol)) {
      throw new UnsafeAddressError(`${name} redirects to what is no address.`);
    }
    if (next.protocol === 'http:' && this.#origin.protocol === 'https:') {
      throw new UnsafeAddressError(`${name} redirects out of https, to ${next.host}. Refused.`);
    }
    const isOurs = next.hostname === this.#origin.hostname || isPrivateAddress(this.#origin.hostname);
    if (!isOurs && isPrivateAddress(next.hostname) && this.#options.isInsecure !== true) {
      throw new UnsafeAddressError(`${name} redirects into our own network, to ${next.host}. Refused.`);
    }
    return next;
  }

  async #exchange(request: WireRequest, isBodySent: boolean): Promise<Response> {
    const { method, url, headers, body, authorization, signal } = request;
    using watchdog = new Watchdog(request.stallSeconds ?? this.stallSeconds);
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        decompress: false,
        signal: anySignal(signal, watchdog.signal),
        headers: {
          'User-Agent': this.#options.userAgent,
          'Accept-Encoding': 'identity',
          ...headers,
          ...(authorization !== undefined && url.origin === this.#origin.origin && { Authorization: authorization }),
        },
        ...(isBodySent && body !== undefined && { body: body(() => watchdog.feed()) }),
        tls: tlsOptions(this.#options),
      });
      this.#hasAnswered = true;
      return response;
    } catch (error) {
      signal?.throwIfAborted();
      throw this.broken(watchdog.signal.aborted ? watchdog.signal.reason : error, url);
    }
  }

  /** What a failure on the way to, or from, this registry is. What is not one stays what it is. */
  broken(error: unknown, url = this.#origin): unknown {
    const failure = networkFailure(error);
    if (failure === undefined) return error;
    const isElsewhere = url.origin !== this.#origin.origin;
    const where = isElsewhere ? `${this.#registry.name} (by way of ${url.host})` : this.#registry.name;
    const isPassing = failure.isPassing === 'once answered' ? this.#hasAnswered : failure.isPassing;
    return new UnreachableError(where, failure.reason, { cause: error, isPassing });
  }
}

function tlsOptions({ authorities, isInsecure }: TransportOptions): { ca?: string; rejectUnauthorized?: boolean } {
  return {
    ...(authorities !== undefined && { ca: authorities }),
    ...(isInsecure === true && { rejectUnauthorized: false }),
  };
}

interface NetworkFailure {
  readonly reason: string;
  readonly isPassing: boolean | 'once answered';
}

const REASONS: readonly (readonly [code: RegExp, NetworkFailure])[] = [
  [/ALTNAME/, { reason: 'its certificate is for other names.', isPassing: false }],
  [/CERT_HAS_EXPIRED/, { reason: 'its certificate has expired.', isPassing: false }],
  [
    /CERT|SIGNATURE|ISSUER/,
    {
      reason: 'its certificate is signed by nobody known here. If the authority is your own, name its file with --ca.',
      isPassing: false,
    },
  ],
  [/SSL|TLS|EPROTO/, { reason: 'it does not speak TLS. Without TLS, write http:// before it.', isPassing: false }],
  [/ECONNREFUSED|ConnectionRefused/, { reason: 'nothing listens there.', isPassing: 'once answered' }],
  [/ENOTFOUND/, { reason: 'no address is known for this name.', isPassing: 'once answered' }],
  [/EAI_AGAIN|DNS/, { reason: 'its name cannot be looked up now.', isPassing: true }],
  [/ECONNRESET|ConnectionClosed|EPIPE/, { reason: 'the connection was cut.', isPassing: true }],
  [/ETIMEDOUT|Timeout/, { reason: 'it does not answer.', isPassing: true }],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, { reason: 'there is no way to it.', isPassing: true }],
];

function networkFailure(error: unknown): NetworkFailure | undefined {
  if (error instanceof StalledError) return { reason: `${error.message}.`, isPassing: true };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '') return undefined;
  const known = REASONS.find(([form]) => form.test(code))?.[1];
  return (
    known ?? (/^(?:E[A-Z]+|[A-Z_]+|[A-Z][A-Za-z]+)$/.test(code) ? { reason: `${code}.`, isPassing: true } : undefined)
  );
}
