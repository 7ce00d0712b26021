import { RegistryClient, UnexpectedReplyError, type Sending } from '../../support/registry-client.ts';

/** Longer than any node takes over a request, whatever it has lost: who gives up earlier does not learn what became of it. */
const REQUEST_MILLISECONDS = 90_000;

/** A request that was not done, as a client may see it while something is broken. */
export interface Failure {
  readonly at: number;
  readonly what: string;
}

/** The load ends: whoever is about to send a request stops here. */
export class LoadEndedError extends Error {
  constructor() {
    super('the load ends');
    this.name = 'LoadEndedError';
  }
}

/** What all clients of a load have seen together. */
export class Watch {
  /** Requests that were answered as they should be. */
  acknowledged = 0;
  readonly failures: Failure[] = [];
  /** What must never be seen, fault or no fault. */
  readonly complaints: string[] = [];
  /** Nothing is broken now: every failure is a complaint. */
  #calmSince: number | undefined = Date.now();
  #isEnded = false;
  readonly #isResent: boolean;

  /**
   * @param isResent the balancer sends a small PUT or DELETE, whose answer it did not get, to another node, as nginx
   *   does: the second time a session or a tag is gone, and a session that is not has the bytes twice.
   */
  constructor(isResent: boolean) {
    this.#isResent = isResent;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  end(): void {
    this.#isEnded = true;
  }

  /** From now on requests may fail. */
  breakIt(): void {
    this.#calmSince = undefined;
  }

  /** Requests that begin now and later may not. */
  calm(): void {
    this.#calmSince = Date.now();
  }

  /** A request that began at `since` has failed, in a way that is allowed while something is broken. */
  failed(what: string, since: number): void {
    this.failures.push({ at: Date.now(), what });
    if (this.#calmSince !== undefined && since >= this.#calmSince) this.complain(`failed without a fault: ${what}`);
  }

  /** A request was answered as none should be, unless it was sent twice because the first answer was lost. */
  refused(what: string): void {
    const isSecond =
      this.#isResent && this.#calmSince === undefined && /^(?:PUT|DELETE) .*: (?:404|400 .*DIGEST_INVALID)/.test(what);
    if (isSecond) this.failed(what, Date.now());
    else this.complain(what);
  }

  complain(what: string): void {
    this.complaints.push(`${new Date().toISOString()} ${what}`);
  }
}

/**
 * A client whose every answer is looked at: a registry that cannot do something says 503 and when to ask again. A
 * balancer, which has none of our words, may say 502, 503 and 504.
 */
export class WatchedClient extends RegistryClient {
  readonly #watch: Watch;

  constructor(server: { readonly url: string; readonly authorization?: string }, watch: Watch) {
    super(server);
    this.#watch = watch;
  }

  override async send(method: string, location: string, sending: Sending = {}): Promise<Response> {
    if (this.#watch.isEnded) throw new LoadEndedError();
    const since = Date.now();
    const request = `${method} ${location}`;
    const signal = AbortSignal.timeout(REQUEST_MILLISECONDS);
    // A connection for each request: on one that was used before and breaks, this client would by itself send again what
    // the registry may have done already, and the answer would be that of the second time.
    const headers = { ...sending.headers, connection: 'close' };
    const reply = await super.send(method, location, { ...sending, headers, signal }).catch((error: unknown) => {
      this.#watch.failed(`${request}: ${String(error)}`, since);
      if (error instanceof Error && error.name === 'TimeoutError') {
        this.#watch.complain(`${request}: no answer within ${REQUEST_MILLISECONDS} ms`);
      }
      throw error;
    });
    if (reply.status < 500) {
      this.#watch.acknowledged += 1;
      return reply;
    }
    const text = await reply.text();
    this.#watch.failed(`${request}: ${reply.status} ${text}`, since);
    if (!isAllowed(reply)) this.#watch.complain(`${request}: ${reply.status} ${text}`);
    throw new UnexpectedReplyError(request, reply.status, text);
  }
}

function isAllowed(reply: Response): boolean {
  if (reply.headers.get('content-type')?.startsWith('text/html')) return [502, 503, 504].includes(reply.status);
  return reply.status === 503 && Number(reply.headers.get('retry-after')) > 0;
}
