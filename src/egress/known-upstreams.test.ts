import { afterEach, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { Upstreams } from './upstreams.ts';

const running: Bun.Server<undefined>[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(true);
});

interface Server {
  readonly port: number;
  readonly host: string;
  readonly url: string;
}

function server(answer: (request: Request) => Response | Promise<Response>): Server {
  const listening = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
  running.push(listening);
  const port = listening.port ?? 0;
  const host = `127.0.0.1:${port}`;
  return { port, host, url: `http://${host}/` };
}

const { signal } = new AbortController();

describe('one host that speaks for another, and has us leave it alone', () => {
  /** Asks for pauses as long as anybody may, and says that nothing is left. */
  const pause = {
    status: 429,
    headers: { 'Retry-After': '86400', 'x-ratelimit-limit': '9', 'x-ratelimit-remaining': '0' },
  };

  /** Both called as different people connected them; the clock stands, so a pause that began does not end. */
  function opened() {
    const upstreams = new Upstreams({
      allow: ['127.0.0.0/8'],
      userAgent: 'havre/test',
      clock: new EgressClock(),
      resolve: async () => ['127.0.0.1'],
    });
    const open = (registry: string, account?: string) =>
      upstreams.open({ purpose: 'registries', registry, ...(account !== undefined && { account }) });
    const ask = async (http: ReturnType<typeof open>, url: string) =>
      (await http.send({ method: 'GET', url, signal, attempts: 1 })).status;
    return { upstreams, open, ask };
  }

  /** Refuses strangers at one path, as servers do, and answers at all others. */
  const victim = (): Server =>
    server(({ url }) => (url.endsWith('/heavy') ? new Response('', pause) : new Response('here')));

  for (const account of [undefined, 'octo']) {
    it(`does not by a redirect to it, for ${account ?? 'anybody'}`, async () => {
      const host = victim();
      const evil = server(() => Response.redirect(`${host.url}heavy`, 302));
      const { upstreams, open, ask } = opened();
      const ours = open(host.host, account);
      expect(await ask(ours, host.url)).toBe(200);
      const theirs = open(evil.host, account);
      expect(await ask(theirs, evil.url)).toBe(429);
      expect(await ask(ours, host.url)).toBe(200);
      expect(await ask(open(host.host), host.url)).toBe(200);
      expect(upstreams.gauges().filter(({ pausedUntil }) => pausedUntil !== undefined)).toMatchObject([
        { registry: evil.host, account, isElsewhere: true },
      ]);
      // Each has a name of its own where they are shown.
      expect(new Set(upstreams.gauges().map(({ upstream }) => upstream)).size).toBe(upstreams.gauges().length);
      // What it brought about is its own: it is not asked there again.
      expect(await ask(theirs, evil.url).catch((error: unknown) => (error as Error).name)).toBe('UpstreamPausedError');
    });
  }

  it('does not by naming it as its token service, nor as its API, under the name of one of its accounts', async () => {
    const host = victim();
    const { open, ask } = opened();
    const theirs = open('evil.example.org', 'octo');
    expect(await ask(theirs, `${host.url}heavy`)).toBe(429);
    expect(await ask(open(host.host, 'octo'), host.url)).toBe(200);
    expect(await ask(open('other.example.org', 'octo'), host.url)).toBe(200);
  });

  it('does not by sending us where nothing answers, again and again', async () => {
    const host = server(({ url }) => new Response('', { status: url.endsWith('/broken') ? 500 : 200 }));
    const evil = server(() => Response.redirect(`${host.url}broken`, 302));
    const { upstreams, open, ask } = opened();
    const theirs = open(evil.host);
    for (let left = 5; left > 0; left -= 1) expect(await ask(theirs, evil.url)).toBe(500);
    expect(await ask(open(host.host), host.url)).toBe(200);
    const paused = upstreams.gauges().filter(({ breaker }) => breaker === 'open');
    expect(paused).toMatchObject([{ registry: evil.host, isElsewhere: true }]);
  });

  it('does not by holding all places there', async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    let held = 0;
    const { promise: isFull, resolve: full } = Promise.withResolvers<void>();
    const slow = server(async ({ url }) => {
      if (!url.endsWith('/slow')) return new Response('here');
      held += 1;
      if (held === 8) full();
      await gate;
      return new Response();
    });
    const evil = server(() => Response.redirect(`${slow.url}slow`, 302));
    const { open, ask } = opened();
    const theirs = open(evil.host);
    const holding = Array.from({ length: 8 }, () => ask(theirs, evil.url));
    await isFull;
    expect(await ask(open(slow.host), slow.url)).toBe(200);
    release();
    await Promise.all(holding);
  });

  it('does not make us forget what others asked for, by sending us to more hosts than anybody has', async () => {
    const patient = server(() => new Response('', pause));
    const { upstreams, open, ask } = opened();
    const ours = open(patient.host);
    expect(await ask(ours, patient.url)).toBe(429);
    let number = 0;
    const many: Server = server(({ url }) => {
      number += 1;
      const isLast = new URL(url).pathname.length > 4;
      return isLast
        ? new Response()
        : Response.redirect(`http://h${number}.example.org:${many.port}${new URL(url).pathname}a`, 302);
    });
    const theirs = open(many.host);
    for (let left = 260; left > 0; left -= 1) expect(await ask(theirs, many.url)).toBe(200);
    expect(number).toBeGreaterThan(1000);
    expect(await ask(ours, patient.url).catch((error: unknown) => (error as Error).name)).toBe('UpstreamPausedError');
    expect(upstreams.gauges()).toHaveLength(17);
  });
});
