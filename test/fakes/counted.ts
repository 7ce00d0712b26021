import { startFake, type Fake, type FakeReply, type FakeRequest } from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';
import { FakeTokenService } from './fake-token-service.ts';
import { GENERIC_TOKEN_SECONDS } from './generic.ts';

export interface CountedOptions {
  /** Requests of all kinds in a window; more are refused. */
  readonly limit: number;
  readonly windowSeconds: number;
}

export interface FakeCounted extends Fake {
  /** The most requests that came in a window. */
  readonly mostInWindow: number;
  /** How many were refused for being too many. */
  readonly refused: number;
}

/**
 * A registry with a token service and a catalog that counts what it is asked, says how much is left, and refuses more.
 * Its windows are those of the real time.
 */
export function startFakeCounted({ limit, windowSeconds }: CountedOptions): FakeCounted {
  const window = { since: performance.now(), count: 0 };
  const seen = { mostInWindow: 0, refused: 0 };

  function resetSeconds(): number {
    const elapsed = (performance.now() - window.since) / 1000;
    if (elapsed < windowSeconds) return windowSeconds - elapsed;
    window.since = performance.now();
    window.count = 0;
    return windowSeconds;
  }

  async function answer(request: FakeRequest): Promise<Response | undefined> {
    const seconds = String(Math.ceil(resetSeconds()));
    window.count += 1;
    seen.mostInWindow = Math.max(seen.mostInWindow, window.count);
    const isTooMuch = window.count > limit;
    if (isTooMuch) seen.refused += 1;
    const reply = isTooMuch
      ? ociError(429, 'TOOMANYREQUESTS', 'too many requests', { 'Retry-After': seconds })
      : ((await usual(request)) ?? ociError(404, 'NAME_UNKNOWN', 'unknown'));
    reply.headers.set('RateLimit-Limit', String(limit));
    reply.headers.set('RateLimit-Remaining', String(Math.max(0, limit - window.count)));
    reply.headers.set('RateLimit-Reset', seconds);
    return reply;
  }

  function usual(request: FakeRequest): FakeReply {
    if (request.path === '/token') return tokens.reply(request);
    return ociReply(request, fake, { refuse: tokens.refuse, hasCatalog: true });
  }

  const fake = startFake(answer);
  const tokens = new FakeTokenService(fake, {
    service: 'registry',
    path: '/token',
    lifeSeconds: GENERIC_TOKEN_SECONDS,
  });
  return Object.defineProperties(fake, {
    mostInWindow: { get: () => seen.mostInWindow },
    refused: { get: () => seen.refused },
  }) as FakeCounted;
}
