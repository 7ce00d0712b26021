import type { Clock } from './clock.ts';
import type { Egress, PlacedAnswer } from './egress.ts';
import { EgressDeniedError, EgressFailedError, type FailureReason } from './egress-error.ts';
import { type Hop, nextHop } from './redirects.ts';
import type { Called } from './known-upstreams.ts';
import type { Upstream } from './upstream.ts';
import type { Priority, UpstreamAnswer, UpstreamHttp, UpstreamRequest } from './upstream-http.ts';
import { UpstreamPausedError } from './upstream-paused-error.ts';

export interface UpstreamClientOptions {
  readonly egress: Egress;
  readonly clock: Clock;
  /** The one that counts requests. @param named host that the request named, before it was redirected. */
  readonly upstreamOf: (named: string, called: Called) => Upstream;
  readonly priority: Priority;
  readonly isInsistent: boolean;
  /** How long a request waits, for its turn and between attempts. */
  readonly waitSeconds: number;
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 5000;

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_REASONS: ReadonlySet<FailureReason> = new Set(['cut', 'unreachable', 'name-lookup']);

/** Calls upstreams for one connection: follows where they redirect, and tries again what may pass. */
export class UpstreamClient implements UpstreamHttp {
  readonly #options: UpstreamClientOptions;

  constructor(options: UpstreamClientOptions) {
    this.#options = options;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const deadline = this.#options.clock.now() + this.#options.waitSeconds * 1000;
    const { isElsewhere = false, isPublicOnly = false } = request;
    const hop = firstHop(request);
    let way: Way = { named: hop.url.host, hop, followed: 0, isElsewhere, isPublicOnly, deadline };
    for (;;) {
      const answer = await this.#untilItWorks(request, way);
      const next = request.follows === false ? undefined : nextHop(way.hop, answer, way.followed);
      if (next === undefined) {
        const { status, headers, body, isPublic } = answer;
        return { status, headers, body, url: way.hop.url.href, isPublic };
      }
      // What an operator lets us call ourselves, nobody outside may send us to.
      way = {
        named: way.named,
        hop: next,
        followed: way.followed + 1,
        isElsewhere: way.isElsewhere || next.url.origin !== way.hop.url.origin,
        isPublicOnly: way.isPublicOnly || answer.isPublic,
        deadline,
      };
    }
  }

  /** The last answer, or the last failure, when it never works. */
  async #untilItWorks(request: UpstreamRequest, way: Way): Promise<PlacedAnswer> {
    const attempts = request.attempts ?? (/^(?:GET|HEAD)$/.test(way.hop.method) ? 3 : 1);
    let last: Outcome | undefined;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, way);
      // A pause that only begins now says less than what it begins for.
      if (last !== undefined && outcome.error instanceof UpstreamPausedError) return resultOf(last);
      if (attempt >= attempts || !isPassing(outcome)) return resultOf(outcome);
      last = outcome;
      if (!(await this.#pause(attempt, way.deadline, request.signal))) return resultOf(outcome);
    }
  }

  async #attempt(request: UpstreamRequest, way: Way): Promise<Outcome> {
    const { egress, upstreamOf, priority, isInsistent } = this.#options;
    const { cost = 1, maxBytes = DEFAULT_MAX_BYTES, signal } = request;
    const { named, hop, isElsewhere, isPublicOnly, deadline } = way;
    const upstream = upstreamOf(named, { url: hop.url, isElsewhere });
    try {
      const answer = await upstream.ask({ cost, priority, isInsistent, deadline, signal }, async () => {
        const { method, headers, body } = hop;
        const url = hop.url.href;
        const bounds = { maxBytes, rest: 'refuse', isAnonymous: isElsewhere, isPublicOnly } as const;
        return await egress.send({ method, url, headers, ...(body !== undefined && { body }), ...bounds, signal });
      });
      return { answer };
    } catch (error) {
      signal.throwIfAborted();
      return { error };
    }
  }

  /** Twice as long each time, with chance in it, so that those who failed together do not come back together. */
  async #pause(attempt: number, deadline: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1));
    const milliseconds = longest * (0.5 + clock.random() / 2);
    if (clock.now() + milliseconds > deadline) return false;
    await clock.sleep(milliseconds, signal);
    return true;
  }
}

interface Way {
  /** Host that the request named. */
  readonly named: string;
  readonly hop: Hop;
  /** How many redirects led here. */
  readonly followed: number;
  /** Whether it led away from where credentials belong, if only for a while. */
  readonly isElsewhere: boolean;
  readonly isPublicOnly: boolean;
  /** Milliseconds since the epoch: nobody waits any longer. */
  readonly deadline: number;
}

type Outcome = { readonly answer: PlacedAnswer; readonly error?: undefined } | { readonly error: unknown };

function resultOf(outcome: Outcome): PlacedAnswer {
  if ('answer' in outcome) return outcome.answer;
  throw outcome.error;
}

function isPassing(outcome: Outcome): boolean {
  if ('answer' in outcome) return PASSING_STATUS.has(outcome.answer.status);
  return outcome.error instanceof EgressFailedError && PASSING_REASONS.has(outcome.error.reason);
}

function firstHop({ method, url, headers = {}, body }: UpstreamRequest): Hop {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (!URL.canParse(url)) throw new EgressDeniedError('This is no URL.');
  return { method, url: new URL(url), headers, body: bytes };
}
