import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { AllowList } from './allow-list.ts';
import { classOfAddress } from './address-class.ts';
import { EgressDeniedError, EgressFailedError, lookupFailureOf } from './egress-error.ts';
import { exchange, NotConnectedError, type PinnedRequest, StaleConnectionError } from './exchange.ts';
import { type IdleConnections, KeptConnections } from './kept-connections.ts';
import { parseTarget, refuseAddress, refusePlain, type Target } from './target.ts';

export interface EgressOptions {
  /** What for, such as `webhooks`: an operator may let something through for one purpose only. */
  readonly purpose: string;
  /** The setting `egress.allow`: see {@link AllowList}. */
  readonly allow: readonly string[];
  readonly userAgent: string;
  /** PEM: authorities to believe besides the usual ones. */
  readonly authorities?: string | readonly string[];
  /** PEM: who we are to servers that want a certificate, and its key. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Default 3. */
  readonly connectSeconds?: number;
  /** From the first look at the name to the last byte. Default 10. */
  readonly totalSeconds?: number;
  /**
   * Connections serve for the next GET or HEAD, too, and are counted there while they are idle: where all requests of this
   * egress are for the same people. Absent: each serves once.
   */
  readonly idle?: IdleConnections;
  /** All addresses of a name. Default: the system's resolver. Tests have names of their own. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

export interface EgressRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The most of the answer's body that is read. */
  readonly maxBytes: number;
  /** What happens to the rest: dropped, or the whole of it is an error. Default `drop`. */
  readonly rest?: 'drop' | 'refuse';
  /** In place of that of all. */
  readonly totalSeconds?: number;
  /** No certificate of ours is shown. */
  readonly isAnonymous?: boolean;
  /** Our own networks are not called, not even where the operator lets us: the outside sends us there. */
  readonly isPublicOnly?: boolean;
  readonly signal?: AbortSignal;
}

export interface EgressAnswer {
  /** Any: a redirect is an answer, and is not followed. */
  readonly status: number;
  /** Names in lower case; `Link`, `WWW-Authenticate` and other lists are joined by commas, of others the first counts. */
  readonly headers: ReadonlyMap<string, string>;
  /** The beginning, at most `maxBytes`. */
  readonly body: Uint8Array;
}

export interface PlacedAnswer extends EgressAnswer {
  /** Whether it came from the public network. */
  readonly isPublic: boolean;
}

/** At most so many addresses of a name are tried, one after another. */
const MAX_ADDRESSES = 4;

/**
 * Calls what somebody configured: whoever may name a URL must not reach by it what only this machine reaches.
 *
 * The name is looked up once, every address that it leads to is checked, and the connection is made to one of those: a
 * name that says something else a moment later (DNS rebinding) changes nothing. A name that leads to one forbidden
 * address is not called at all. Redirects are not followed, so credentials never go to another host; proxies that the
 * environment names are not used; no connection serves twice, unless all requests are for the same people; sizes and times
 * are bounded.
 */
export class Egress {
  readonly #options: EgressOptions;
  readonly #allowed: AllowList;
  readonly #kept: KeptConnections | undefined;

  constructor(options: EgressOptions) {
    this.#options = options;
    this.#allowed = new AllowList(options.allow, options.purpose);
    this.#kept = options.idle === undefined ? undefined : new KeptConnections(options.idle);
  }

  /**
   * Whether the URL may be called, as far as it says itself: when it is configured, so that whoever does so is told.
   *
   * @throws {EgressDeniedError}
   */
  check(url: string): void {
    parseTarget(url, this.#allowed);
  }

  /**
   * @throws {EgressDeniedError} it may not be called.
   * @throws {EgressFailedError} it cannot be reached, or does not answer in time.
   * @throws the reason of the signal, when that was aborted.
   */
  async send(request: EgressRequest): Promise<PlacedAnswer> {
    try {
      return await this.#send(request);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw error;
    }
  }

  async #send(request: EgressRequest): Promise<PlacedAnswer> {
    const { connectSeconds = 3, authorities = [], clientCertificate, clientKey } = this.#options;
    const totalSeconds = request.totalSeconds ?? this.#options.totalSeconds ?? 10;
    const target = parseTarget(request.url, this.#allowed);
    using deadline = new Deadline(totalSeconds, request.signal);
    const addresses = await this.#addressesOf(target, deadline.signal);
    const isPublic = addresses.every((address) => classOfAddress(address) === 'public');
    if (request.isPublicOnly === true && !isPublic) {
      throw new EgressDeniedError(`${target.hostname} is in our own network, and somebody outside sends us there.`);
    }
    const pinned = {
      target,
      method: request.method,
      headers: { 'User-Agent': this.#options.userAgent, 'Accept-Encoding': 'identity', ...request.headers },
      body: request.body,
      authorities: typeof authorities === 'string' ? [authorities] : authorities,
      clientCertificate: request.isAnonymous === true ? undefined : clientCertificate,
      clientKey: request.isAnonymous === true ? undefined : clientKey,
      // What may not be done twice goes by a connection that was not idle; what is anonymous by one that nobody used.
      kept: isRead(request) && request.isAnonymous !== true ? this.#kept : undefined,
      connectMilliseconds: connectSeconds * 1000,
      signal: deadline.signal,
    };
    const answer = await firstConnected(pinned, addresses);
    const { maxBytes, rest = 'drop' } = request;
    return { ...(await bounded(answer, { target, maxBytes, rest, signal: deadline.signal })), isPublic };
  }

  async #addressesOf(target: Target, signal: AbortSignal): Promise<readonly string[]> {
    if (target.isAddress) return [target.hostname];
    const resolve = this.#options.resolve ?? systemResolver;
    const found = await unlessAborted(resolve(target.hostname), signal).catch((error: unknown) => {
      const { text, reason } = lookupFailureOf(signal.aborted ? undefined : error);
      throw new EgressFailedError(`${target.host} could not be called: ${text}.`, { cause: error, reason });
    });
    if (found.length === 0) {
      throw new EgressFailedError(`${target.host} could not be called: no address is known for it.`, {
        reason: 'name-not-found',
      });
    }
    for (const address of found) refuseAddress(target, address, this.#allowed);
    const isLetThrough = this.#allowed.hasHost(target) || found.every((address) => this.#allowed.hasAddress(address));
    if (!target.isTls && !isLetThrough) refusePlain(target);
    return found.slice(0, MAX_ADDRESSES);
  }
}

async function systemResolver(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);
}

/** @throws {EgressFailedError} of the last address, when none could be connected to. */
async function firstConnected(
  request: Omit<PinnedRequest, 'address'>,
  addresses: readonly string[],
): Promise<IncomingMessage> {
  for (const [index, address] of addresses.entries()) {
    try {
      return await exchangeAt({ ...request, address });
    } catch (error) {
      const isLast = index === addresses.length - 1 || request.signal.aborted;
      if (isLast || !(error instanceof NotConnectedError)) throw error;
    }
  }
  throw new EgressDeniedError(`${request.target.host} has no address.`);
}

/** Once more by a new connection, where the one that was kept is no more. */
async function exchangeAt(request: PinnedRequest): Promise<IncomingMessage> {
  try {
    return await exchange(request);
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error;
    return await exchange({ ...request, kept: undefined });
  }
}

function isRead({ method }: EgressRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

interface Reading {
  readonly target: Target;
  readonly maxBytes: number;
  readonly rest: 'drop' | 'refuse';
  readonly signal: AbortSignal;
}

/** Reads the body as far as wanted, and lets go of the connection whatever happens. */
async function bounded(answer: IncomingMessage, { target, maxBytes, rest, signal }: Reading): Promise<EgressAnswer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isAtEnd = false;
  const stop = (): void => void answer.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const read = async (): Promise<void> => {
      for await (const chunk of answer as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        length += chunk.byteLength;
        if (rest === 'drop' ? length >= maxBytes : length > maxBytes) return;
      }
      isAtEnd = true;
    };
    await unlessAborted(read(), signal);
  } catch (error) {
    const [text, reason] = signal.aborted
      ? (['its answer took too long', 'timeout'] as const)
      : (['its answer was cut', 'cut'] as const);
    throw new EgressFailedError(`${target.host}: ${text}.`, { cause: error, reason });
  } finally {
    signal.removeEventListener('abort', stop);
    // What was read to its end may serve again.
    if (!isAtEnd) answer.destroy();
  }
  if (rest === 'refuse' && length > maxBytes) {
    throw new EgressFailedError(`${target.host}: its answer is larger than ${maxBytes} bytes.`, {
      reason: 'too-large',
    });
  }
  return {
    status: answer.statusCode ?? 0,
    headers: headersOf(answer),
    body: Buffer.concat(chunks).subarray(0, maxBytes),
  };
}

function headersOf({ headersDistinct }: IncomingMessage): ReadonlyMap<string, string> {
  const entries = Object.entries(headersDistinct).flatMap(([name, values = []]) => {
    const lower = name.toLowerCase();
    const value = ARE_LISTS.has(lower) ? values.join(', ') : values[0];
    return value === undefined ? [] : [[lower, value] as const];
  });
  return new Map(entries);
}

/** Headers of which one more says something more (RFC 9110 §5.3). Of the others the first counts. */
const ARE_LISTS: ReadonlySet<string> = new Set(['link', 'www-authenticate', 'warning', 'vary', 'allow']);

/** Rejects when the signal is aborted, whatever becomes of the work. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(seconds: number, outer: AbortSignal | undefined) {
    const controller = new AbortController();
    this.#timer = setTimeout(() => controller.abort(new Error(`not within ${seconds} s`)), seconds * 1000);
    this.signal = outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
