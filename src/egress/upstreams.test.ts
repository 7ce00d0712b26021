import { afterEach, describe, expect, it } from 'bun:test';
import { createServer } from 'node:net';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { EgressDeniedError, EgressFailedError } from './egress-error.ts';
import type { UpstreamAnswer, UpstreamHttp, UpstreamRequest } from './upstream-http.ts';
import { UpstreamPausedError } from './upstream-paused-error.ts';
import { type OpenOptions, Upstreams, type UpstreamsOptions } from './upstreams.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

type Answer = (request: Request, count: number) => Response | Promise<Response>;

/** @param answer `count` from 1 on. */
function upstream(answer: Answer): { url: string; host: string; requests: Request[] } {
  const requests: Request[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      requests.push(request.clone() as Request);
      return answer(request, requests.length);
    },
  });
  opened.push(() => server.stop(true));
  const host = `127.0.0.1:${server.port}`;
  return { url: `http://${host}/`, host, requests };
}

function upstreams(options: Partial<UpstreamsOptions> = {}): Upstreams {
  return new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock: new EgressClock(), ...options });
}

function open(options: Partial<OpenOptions> = {}, of = upstreams()): UpstreamHttp {
  return of.open({ purpose: 'registries', ...options });
}

const { signal } = new AbortController();

function get(http: UpstreamHttp, url: string, request: Partial<UpstreamRequest> = {}): Promise<UpstreamAnswer> {
  return http.send({ method: 'GET', url, signal, ...request });
}

function textOf({ body }: UpstreamAnswer): string {
  return new TextDecoder().decode(body);
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('an upstream', () => {
  it('answers, from where its redirects lead', async () => {
    const { url } = upstream((request) =>
      new URL(request.url).pathname === '/a' ? Response.redirect('/b', 302) : new Response('there'),
    );
    const answer = await get(open(), `${url}a`);
    expect([answer.url, textOf(answer)]).toEqual([`${url}b`, 'there']);
  });

  it('is left at its first answer where redirects are not followed', async () => {
    const { url } = upstream(() => Response.redirect('/b', 307));
    const answer = await get(open(), url, { follows: false });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/b']);
  });

  it('says all that it has to say in several headers of a name', async () => {
    const headers = new Headers();
    headers.append('WWW-Authenticate', 'Bearer realm="https://auth.example.org/token"');
    headers.append('WWW-Authenticate', 'Basic realm="x"');
    headers.append('Link', '</a>; rel="first"');
    headers.append('Link', '</b>; rel="next"');
    const { url } = upstream(() => new Response('', { status: 401, headers }));
    const answer = await get(open(), url);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="https://auth.example.org/token", Basic realm="x"',
    );
    expect(answer.headers.get('link')).toBe('</a>; rel="first", </b>; rel="next"');
  });

  it('may not answer with more than is read', async () => {
    const { url } = upstream(() => new Response('123456'));
    expect((await get(open(), url, { maxBytes: 6 })).body).toHaveLength(6);
    expect(await errorOf(get(open(), url, { maxBytes: 5 }))).toMatchObject({ reason: 'too-large' });
  });

  it('is not called where the operator does not let us', async () => {
    const { url, requests } = upstream(() => new Response());
    const closed = open({}, upstreams({ allow: [] }));
    expect(await errorOf(get(closed, url))).toBeInstanceOf(EgressDeniedError);
    expect(await errorOf(get(closed, 'nowhere'))).toBeInstanceOf(EgressDeniedError);
    expect(requests).toEqual([]);
  });

  it('does not redirect on and on', async () => {
    const { url, requests } = upstream((request) => Response.redirect(request.url, 302));
    const error = await errorOf(get(open(), url));
    expect(error).toBeInstanceOf(EgressFailedError);
    expect(error).toMatchObject({ reason: 'redirects' });
    expect(requests).toHaveLength(6);
  });

  it('gets a body again where it moved it with 307, and a GET with 303', async () => {
    const got: string[] = [];
    const { url } = upstream(async (request) => {
      got.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
      if (request.url.endsWith('/1')) return Response.redirect('/2', 307);
      return request.url.endsWith('/2') ? Response.redirect('/3', 303) : new Response();
    });
    await open().send({ method: 'POST', url: `${url}1`, body: 'body', signal });
    expect(got).toEqual(['POST /1 body', 'POST /2 body', 'GET /3 ']);
  });
});

describe('what may pass', () => {
  it('is tried again, with pauses that grow', async () => {
    const clock = new EgressClock();
    const { url, requests } = upstream((_, count) => new Response('', { status: count < 3 ? 502 : 200 }));
    expect((await get(open({}, upstreams({ clock })), url)).status).toBe(200);
    expect(requests).toHaveLength(3);
    expect(clock.slept).toEqual([125, 250]);
  });

  it('is given up after some attempts, with the last answer', async () => {
    const { url, requests } = upstream(() => new Response('down', { status: 503 }));
    const answer = await get(open(), url);
    expect([answer.status, textOf(answer)]).toEqual([503, 'down']);
    expect(requests).toHaveLength(3);
  });

  it('is not tried again where that could do something twice', async () => {
    const { url, requests } = upstream(() => new Response('', { status: 503 }));
    await open().send({ method: 'POST', url, signal });
    expect(requests).toHaveLength(1);
    await open().send({ method: 'DELETE', url, signal, attempts: 2 });
    expect(requests).toHaveLength(3);
  });

  it('is a connection that is cut', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      if (connections === 1) socket.destroy();
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect(textOf(await get(open(), `http://127.0.0.1:${port}/`))).toBe('ok');
    expect(connections).toBe(2);
  });

  it('is an answer that is cut in the middle, which is never taken for a whole one', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect(await errorOf(get(open(), `http://127.0.0.1:${port}/`))).toMatchObject({ reason: 'cut' });
  });

  it('is no 4xx, and nothing that is never there', async () => {
    const { url, requests } = upstream(() => new Response('', { status: 404 }));
    expect((await get(open(), url)).status).toBe(404);
    expect(requests).toHaveLength(1);
    const clock = new EgressClock();
    expect(await errorOf(get(open({}, upstreams({ clock })), 'http://127.0.0.1:1025/'))).toMatchObject({
      reason: 'refused',
    });
    expect(clock.slept).toEqual([]);
  });

  it('ends at once when whoever asked has left', async () => {
    const leaving = new AbortController();
    const { url, requests } = upstream(() => {
      leaving.abort(new Error('enough'));
      return new Response('', { status: 503 });
    });
    expect(String(await errorOf(get(open(), url, { signal: leaving.signal })))).toBe('Error: enough');
    expect(requests).toHaveLength(1);
  });
});

describe('an upstream that asks for a pause', () => {
  it('is given it, and asked again, where it is short', async () => {
    const clock = new EgressClock();
    const { url, requests } = upstream((_, count) =>
      count === 1 ? new Response('', { status: 429, headers: { 'Retry-After': '4' } }) : new Response('now'),
    );
    expect(textOf(await get(open({}, upstreams({ clock })), url))).toBe('now');
    expect(requests).toHaveLength(2);
    expect(clock.slept.reduce((sum, milliseconds) => sum + milliseconds)).toBe(4000);
  });

  it('is believed by everybody who shares its budget, and by nobody else', async () => {
    const clock = new EgressClock();
    const of = upstreams({ clock });
    const { url, requests, host } = upstream(
      () => new Response('', { status: 429, headers: { 'X-Retry-After': String(clock.now() / 1000 + 600) } }),
    );
    const asking = (account: string) => get(open({ account }, of), url);
    expect((await asking('octo')).status).toBe(429);
    const error = await errorOf(asking('octo'));
    expect(error).toBeInstanceOf(UpstreamPausedError);
    expect(error).toMatchObject({ reason: 'asked', retryAt: new Date(Date.parse('2026-03-01T12:10:00Z')) });
    expect(String(error)).toContain(`${host} (octo) is not asked now`);
    expect((await asking('other')).status).toBe(429);
    expect(requests).toHaveLength(2);
  });
});

describe('a budget', () => {
  const window = (clock: EgressClock, limit: number, remaining: number): Record<string, string> => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(clock.now() / 1000 + 100),
  });

  it('is never exceeded, however many ask at once', async () => {
    const clock = new EgressClock({ isPatient: true });
    const limit = 10;
    const resetsAt = clock.now() + 100_000;
    let exceeded = 0;
    const { url, requests } = upstream((_, count) => {
      const isOver = count > limit && clock.now() < resetsAt;
      if (isOver) exceeded += 1;
      const remaining = clock.now() < resetsAt ? Math.max(0, limit - count) : 2 * limit - count;
      const reset = clock.now() < resetsAt ? resetsAt : resetsAt + 100_000;
      const headers = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': String(remaining) };
      return new Response('', {
        status: isOver ? 429 : 200,
        headers: { ...headers, 'x-ratelimit-reset': String(reset / 1000) },
      });
    });
    const http = open({ waitSeconds: 200 }, upstreams({ clock }));
    await get(http, url);
    const asked = Array.from({ length: 19 }, () => get(http, url));
    await until(() => requests.length === limit);
    clock.advance(100_000);
    await Promise.all(asked);
    expect(exceeded).toBe(0);
  });

  it('that is spent is said, with the time when it comes back', async () => {
    const clock = new EgressClock();
    const of = upstreams({ clock });
    const { url, requests } = upstream(() => new Response('', { headers: window(clock, 10, 0) }));
    await get(open({}, of), url);
    expect(await errorOf(get(open({}, of), url))).toMatchObject({
      reason: 'budget',
      retryAt: new Date(clock.now() + 100_000),
    });
    // What the upstream does not count is not held back.
    await get(open({}, of), url, { cost: 0 });
    expect(requests).toHaveLength(2);
  });

  it('leaves a part to people', async () => {
    const clock = new EgressClock();
    const of = upstreams({ clock });
    const { url } = upstream(() => new Response('', { headers: window(clock, 100, 15) }));
    await get(open({}, of), url);
    expect(await errorOf(get(open({ priority: 'background', waitSeconds: 10 }, of), url))).toMatchObject({
      reason: 'reserve',
    });
    expect((await get(open({}, of), url)).status).toBe(200);
  });

  it('is shown, one for each upstream that was asked', async () => {
    const clock = new EgressClock();
    const of = upstreams({ clock });
    const counting = upstream(() => new Response('', { headers: window(clock, 100, 15) }));
    const other = upstream(() => new Response());
    await get(open({ account: 'octo' }, of), counting.url);
    await get(open({}, of), other.url);
    const [first, second] = of.gauges().toSorted((a, b) => (b.limit ?? 0) - (a.limit ?? 0));
    expect(first).toEqual({
      upstream: `${counting.host} (octo)`,
      registry: counting.host,
      account: 'octo',
      isElsewhere: false,
      limit: 100,
      remaining: 15,
      resetsAt: new Date(clock.now() + 100_000),
      pausedUntil: undefined,
      breaker: 'closed',
    });
    expect(second).toMatchObject({ upstream: other.host, limit: undefined, remaining: undefined });
  });

  it('is not remembered for more upstreams than anybody has', async () => {
    const of = upstreams({ resolve: async () => [] });
    const http = open({}, of);
    for (let number = 0; number < 1100; number += 1) {
      await errorOf(get(http, `https://r${number}.example.org/`, { attempts: 1 }));
    }
    expect(of.gauges()).toHaveLength(1000);
    expect(of.gauges().map(({ upstream: name }) => name)).not.toContain('r99.example.org');
  });
});

describe('an upstream that fails again and again', () => {
  function failing() {
    const clock = new EgressClock();
    const of = upstreams({ clock });
    const state = { status: 500 };
    const { url, requests } = upstream(() => new Response('', { status: state.status }));
    return { clock, of, state, url, requests, ask: (http = open({}, of)) => get(http, url, { attempts: 1 }) };
  }

  it('is left alone for a while, then tried once, and asked by all again when that works', async () => {
    const { of, ask, clock, state, requests } = failing();
    for (let left = 5; left > 0; left -= 1) expect((await ask()).status).toBe(500);
    const error = await errorOf(ask());
    expect(error).toMatchObject({ reason: 'failing' });
    expect(requests).toHaveLength(5);
    expect(of.gauges()).toMatchObject([{ breaker: 'open' }]);
    state.status = 200;
    await clock.sleep(5000, signal);
    expect(of.gauges()).toMatchObject([{ breaker: 'half-open' }]);
    expect((await ask()).status).toBe(200);
    expect(of.gauges()).toMatchObject([{ breaker: 'closed' }]);
  });

  it('is asked all the same by somebody who wants to know', async () => {
    const { of, ask, state } = failing();
    for (let left = 5; left > 0; left -= 1) await ask();
    expect(await errorOf(ask())).toBeInstanceOf(UpstreamPausedError);
    state.status = 200;
    expect((await ask(open({ isInsistent: true }, of))).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it('is told of by what it answered, not by the pause that begins then', async () => {
    const { of, ask, url } = failing();
    for (let left = 4; left > 0; left -= 1) await ask();
    expect((await get(open({}, of), url)).status).toBe(500);
  });

  it('is not one that refuses us', async () => {
    const { of, ask, state } = failing();
    state.status = 403;
    for (let left = 20; left > 0; left -= 1) expect((await ask()).status).toBe(403);
    expect(of.gauges()).toMatchObject([{ breaker: 'closed' }]);
  });

  it('is one that cannot be reached, and why is said', async () => {
    const of = upstreams();
    const asking = async () => await errorOf(get(open({}, of), 'http://127.0.0.1:1025/'));
    for (let left = 5; left > 0; left -= 1) expect(await asking()).toBeInstanceOf(EgressFailedError);
    const error = await asking();
    expect(error).toBeInstanceOf(UpstreamPausedError);
    expect((error as UpstreamPausedError).cause).toMatchObject({ reason: 'refused' });
  });
});

describe('many requests at once', () => {
  it('wait for their turn, people before jobs, and no longer than they want to', async () => {
    const clock = new EgressClock({ isPatient: true });
    const of = upstreams({ clock });
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const { promise: isFull, resolve: full } = Promise.withResolvers<void>();
    let most = 0;
    let now = 0;
    const { url, requests } = upstream(async () => {
      now += 1;
      most = Math.max(most, now);
      if (now === 8) full();
      await gate;
      now -= 1;
      return new Response();
    });
    const asked = Array.from({ length: 20 }, () => get(open({ waitSeconds: 60 }, of), url));
    await isFull;
    const hurried = errorOf(get(open({ waitSeconds: 1 }, of), url));
    await until(() => clock.slept.includes(1000));
    clock.advance(1000);
    expect(await hurried).toMatchObject({ reason: 'busy' });
    release();
    await Promise.all(asked);
    expect([most, requests.length]).toEqual([8, 20]);
  });
});
