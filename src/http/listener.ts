import type { Logger } from '../telemetry/log.ts';
import { type ConnectionContext, LONGEST_IDLE_SECONDS } from './connection.ts';
import { Generation, type Handler, type Site } from './generation.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';
import { type FileWatch, watchFiles } from './tls/file-watch.ts';
import {
  type CertificateDescription,
  type KeyPair,
  type KeyPairFiles,
  readKeyPair,
  whyNotValid,
} from './tls/key-pair.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export { ListenError } from './bind.ts';
export type { Handler } from './generation.ts';

export interface ListenerOptions {
  /** `:5000`, `127.0.0.1:0`, `[::]:5000` or `unix:/path/to.sock` (a file only its owner may use). */
  readonly address: string;
  /** Speak TLS, with this certificate. When the files change, new connections get the new one. Not for a socket file. */
  readonly tls?: TlsOptions;
  /** IP addresses and CIDR blocks of the proxies whose forwarding headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** After how many seconds without a byte a connection is closed, or a few later. 1 to 255, default 60. Not for a socket file. */
  readonly idleTimeoutSeconds?: number;
  /** Told what a handler threw: the client only learns that something failed. */
  readonly onError?: (error: unknown) => void;
  /** Told of certificates: which is used, and why another is not. */
  readonly log?: Pick<Logger, 'info' | 'warn'>;
}

export interface TlsOptions extends KeyPairFiles {
  /** The oldest version spoken. Default 1.2. */
  readonly minVersion?: '1.2' | '1.3';
}

/** A running HTTP server. */
export interface Listener {
  /** Where it can be reached from this machine: `http://127.0.0.1:5000`, or `unix:/path/to.sock`. */
  readonly url: string;
  /** `undefined` for a socket file. */
  readonly port: number | undefined;
  /** Requests being answered now. */
  readonly pendingRequests: number;
  /** The certificate that new connections get; `undefined` without TLS. */
  readonly certificate: CertificateDescription | undefined;

  /**
   * Reads the certificate's files again, as also happens by itself when they change. Resolves when every new connection
   * gets the new certificate. Running requests go on; a pair that is no good is reported and the old one stays.
   */
  reload(): Promise<void>;

  /**
   * Accepts no more connections, lets running requests finish, then cuts what is left. Safe to call twice.
   *
   * @param drainSeconds how long running requests may take to finish. 0 cuts at once.
   * @returns how many requests were cut.
   */
  stop(drainSeconds: number): Promise<number>;
}

/** How long clients that are in the middle of a conversation are asked to connect anew, before idle ones are closed. */
const RETIREMENT_MILLISECONDS = 1_000;

/**
 * Starts answering.
 *
 * @throws {ListenError} the address is taken, is not of this machine, or needs more rights.
 * @throws {KeyPairError} the certificate cannot be used.
 * @throws {ListenAddressInvalidError}
 * @throws {NetworkInvalidError}
 */
export async function openListener(options: ListenerOptions, handler: Handler): Promise<Listener> {
  const address = parseListenAddress(options.address);
  const site: Site = {
    handler,
    context: contextOf(options),
    onError: options.onError ?? (() => {}),
    minimumTls: options.tls?.minVersion ?? '1.2',
  };
  if (options.tls === undefined) return new BunListener(site, address, await Generation.open(site, address), options);

  const pair = await readKeyPair(options.tls);
  const why = whyNotValid(pair.description, new Date());
  if (why !== undefined)
    options.log?.warn({ path: options.tls.certificate }, `clients will refuse the certificate: ${why}`);
  // A shared port would also be shared with a stranger: only a server that does not share finds out that it is taken.
  if ('port' in address && address.port !== 0) await (await Generation.open(site, address)).server.stop(true);
  return new BunListener(site, address, await Generation.open(site, address, pair), options);
}

class BunListener implements Listener {
  readonly url: string;
  readonly port: number | undefined;
  readonly #site: Site;
  /** Where the first generation is, and so where the next ones go. */
  readonly #address: ListenAddress;
  readonly #options: ListenerOptions;
  readonly #watch: FileWatch | undefined;
  readonly #retired = new Set<Generation>();
  #current: Generation;
  #reloading: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(site: Site, address: ListenAddress, first: Generation, options: ListenerOptions) {
    const { hostname, port } = first.server;
    this.#site = site;
    this.#address = 'unix' in address || hostname === undefined || port === undefined ? address : { hostname, port };
    this.#options = options;
    this.#current = first;
    this.port = port;
    this.url = reachableUrl(address, port, site.context.secure);
    const { tls } = options;
    if (tls !== undefined) this.#watch = watchFiles([tls.certificate, tls.key], () => void this.reload());
  }

  get pendingRequests(): number {
    return [this.#current, ...this.#retired].reduce((sum, { server }) => sum + server.pendingRequests, 0);
  }

  get certificate(): CertificateDescription | undefined {
    return this.#current.pair?.description;
  }

  /** One at a time: files that change again while they are read are read again afterwards. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reloadNow());
    return this.#reloading;
  }

  async stop(drainSeconds: number): Promise<number> {
    this.#isStopped = true;
    this.#watch?.close();
    const generations = [this.#current, ...this.#retired];
    for (const generation of generations) generation.retire();
    const finished = Promise.all(generations.map(({ server }) => server.stop()));
    await within(drainSeconds, finished);

    const cut = this.pendingRequests;
    await Promise.all(generations.map(({ server }) => server.stop(true)));
    return cut;
  }

  async #reloadNow(): Promise<void> {
    const { tls, log } = this.#options;
    if (tls === undefined || this.#isStopped) return;
    try {
      const pair = await readKeyPair(tls);
      if (isSamePair(pair, this.#current.pair)) return;
      const why = whyNotValid(pair.description, new Date());
      if (why !== undefined) throw new Error(`${tls.certificate} would be refused by clients: ${why}`);
      await this.#replace(await Generation.open(this.#site, this.#address, pair));
      const { names, notAfter, fingerprint } = pair.description;
      log?.info({ names, notAfter, fingerprint }, 'new connections get a new certificate');
    } catch (error) {
      log?.warn({ err: error, path: tls.certificate }, 'the certificate was not replaced; the old one stays');
    }
  }

  async #replace(next: Generation): Promise<void> {
    const previous = this.#current;
    this.#current = next;
    this.#retired.add(previous);
    previous.retire();
    await Bun.sleep(RETIREMENT_MILLISECONDS);
    // It no longer listens as soon as this returns; it ends when its last request does, however long that takes.
    void previous.server.stop().then(() => this.#retired.delete(previous));
  }
}

function contextOf(options: ListenerOptions): ConnectionContext {
  return {
    proxies: new TrustedProxies(options.trustedProxies ?? []),
    secure: options.tls !== undefined,
    fallbackHost: 'localhost',
    // Bun counts in steps of four seconds and may be a whole step early: nobody is cut before the time.
    idleTimeoutSeconds: Math.min((options.idleTimeoutSeconds ?? 60) + 4, LONGEST_IDLE_SECONDS),
  };
}

function isSamePair(one: KeyPair, other: KeyPair | undefined): boolean {
  return one.certificate === other?.certificate && one.key === other.key;
}

function reachableUrl(address: ListenAddress, port: number | undefined, secure: boolean): string {
  if ('unix' in address) return `unix:${address.unix}`;
  const { hostname } = address;
  const isEverything = hostname === undefined || hostname === '::' || hostname === '0.0.0.0';
  const host = isEverything ? '127.0.0.1' : hostname.includes(':') ? `[${hostname}]` : hostname;
  return `${secure ? 'https' : 'http'}://${host}:${port}`;
}

/** Waits for the promise, but not longer. */
async function within(seconds: number, promise: Promise<unknown>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(() => timeout.resolve(), seconds * 1_000);
  await Promise.race([promise, timeout.promise]);
  clearTimeout(timer);
}
