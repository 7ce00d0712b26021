import type { FakeRepository } from './fake-repository.ts';

/** A request as a fake got it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query, escaped as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
}

/** Somebody that a fake registry knows. */
export interface FakeUser {
  readonly username: string;
  readonly secret: string;
  readonly rights: ReadonlySet<FakeRight>;
  /** By the clock of the fake: it does not take the secret any more from then on. */
  readonly secretExpiresAt?: Date;
}

export type FakeRight = 'list' | 'pull' | 'push' | 'delete' | 'manage';

export const ALL_RIGHTS: ReadonlySet<FakeRight> = new Set(['list', 'pull', 'push', 'delete', 'manage']);

/** What every fake registry has. Its own answers are in `test/fakes/<kind>.ts`. */
export interface Fake extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** All requests, in the order in which they came. */
  readonly requests: readonly FakeRequest[];
  readonly repositories: Map<string, FakeRepository>;
  /** By whatever they log in with. */
  readonly users: Map<string, FakeUser>;
  readonly clock: FakeClock;
  /** Waited before every answer. Default 0. */
  latencyMilliseconds: number;
  /** The next requests that match are answered by `reply`, `times` times (default 1). */
  interrupt(interruption: Interruption): void;
}

export interface Interruption {
  /** Default: all of them. */
  readonly matches?: (request: FakeRequest) => boolean;
  /** Default 1. */
  readonly times?: number;
  /** `undefined`: as usual. */
  readonly reply: (request: FakeRequest) => FakeReply;
}

/** Time as a fake, and who asks it, know it: it goes on only when a test says so. */
export class FakeClock {
  #now = Date.parse('2026-03-01T12:00:00Z');

  /** Milliseconds since the epoch. */
  readonly now = (): number => this.#now;

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/** `undefined`: there is nothing of that name. */
export type FakeReply = Response | undefined | Promise<Response | undefined>;

/** Starts one on a port of its own. Whatever `answer` does not know is answered by 404. */
export function startFake(answer: (request: FakeRequest, fake: Fake) => FakeReply): Fake {
  const requests: FakeRequest[] = [];
  let interruptions: { readonly of: Interruption; left: number }[] = [];
  const clock = new FakeClock();

  function interrupted(request: FakeRequest): FakeReply {
    const found = interruptions.find(({ of }) => of.matches?.(request) ?? true);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) interruptions = interruptions.filter((other) => other !== found);
    return found.of.reply(request);
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: async (got) => {
      const { pathname, searchParams } = new URL(got.url);
      const request = {
        method: got.method,
        path: pathname,
        query: searchParams,
        headers: got.headers,
        body: await got.text(),
      };
      requests.push(request);
      if (fake.latencyMilliseconds > 0) await Bun.sleep(fake.latencyMilliseconds);
      const reply = (await interrupted(request)) ?? (await answer(request, fake));
      const found = reply ?? Response.json({ message: 'Not Found' }, { status: 404 });
      if (!found.headers.has('Date')) found.headers.set('Date', new Date(clock.now()).toUTCString());
      return found;
    },
  });
  const fake: Fake = {
    url: `http://127.0.0.1:${server.port}`,
    host: `127.0.0.1:${server.port}`,
    requests,
    repositories: new Map(),
    users: new Map(),
    clock,
    latencyMilliseconds: 0,
    interrupt: (interruption) => void interruptions.push({ of: interruption, left: interruption.times ?? 1 }),
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
  return fake;
}

/** Who a request says it comes from by `Authorization: Basic`. */
export function basicOf(request: FakeRequest): { readonly username: string; readonly secret: string } | undefined {
  const [, encoded] = /^basic (.+)$/i.exec(request.headers.get('Authorization') ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/** What stands behind `Authorization: Bearer`. */
export function bearerOf(request: FakeRequest): string | undefined {
  return /^(?:bearer|jwt) (.+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1];
}

/** Whom this secret is of, if it counts. `username` is left out where the registry does not look at it. */
export function userOf(fake: Fake, secret: string | undefined, username?: string): FakeUser | undefined {
  const found = [...fake.users.values()].find(
    (user) => user.secret === secret && (username === undefined || user.username === username),
  );
  if (found?.secretExpiresAt !== undefined && found.secretExpiresAt.getTime() <= fake.clock.now()) return undefined;
  return found;
}

/** Tokens that a fake gives out, and takes until they end. */
export class FakeTokens<Grant> {
  readonly #grants = new Map<string, { readonly grant: Grant; readonly endsAt: number }>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** @param text what it looks like. Default: nothing that can be read. */
  issue(grant: Grant, lifeSeconds: number, text = `opaque-${crypto.randomUUID()}`): string {
    this.#grants.set(text, { grant, endsAt: this.#clock.now() + lifeSeconds * 1000 });
    return text;
  }

  find(text: string | undefined): Grant | undefined {
    const found = text === undefined ? undefined : this.#grants.get(text);
    return found === undefined || found.endsAt <= this.#clock.now() ? undefined : found.grant;
  }
}

/** A JSON web token whose signature nobody looks at. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ jti: crypto.randomUUID(), ...claims })}.c2lnbmF0dXJl`;
}

/** One page of a list by number, as `?page=&page_size=` ask. */
export function numberedPage<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  { sizeName = 'page_size', usual = 10, most = 100 } = {},
): { readonly items: readonly Item[]; readonly page: number; readonly size: number; readonly isLast: boolean } {
  const page = Math.max(1, Number(query.get('page') ?? 1));
  const size = Math.min(most, Math.max(1, Number(query.get(sizeName) ?? usual)));
  return {
    items: items.slice((page - 1) * size, page * size),
    page,
    size,
    isLast: page * size >= items.length,
  };
}
