import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { LoginRefusedError, UnsafeAddressError } from '../client/client-error.ts';
import type { UpstreamAnswer } from '../egress/upstream-http.ts';
import { type OpenOptions, Upstreams, type UpstreamsOptions } from '../egress/upstreams.ts';
import { writeLocalCertificates } from '../http/local-certificates.ts';
import { clockRemark, clockSkewSeconds, jsonIn, notARegistry, refusalOf, toProviderError } from './diagnose.ts';
import { type Diagnosis, ProviderError } from './provider-error.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const NOW = Date.parse('2026-03-01T12:00:00Z');
const TRIED = { host: 'registry.example.org', what: 'listing its tags', now: NOW };
const { signal } = new AbortController();

function serve(answer: () => Response, tls?: Bun.TLSOptions): number {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', ...(tls !== undefined && { tls }), fetch: answer });
  opened.push(() => server.stop(true));
  return server.port ?? 0;
}

async function talking(onConnection: (socket: import('node:net').Socket) => void): Promise<number> {
  const server = createServer((socket) => onConnection(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** What comes of asking a real socket. */
async function asked(url: string, options: Partial<UpstreamsOptions & OpenOptions> = {}): Promise<ProviderError> {
  const clock = new EgressClock();
  const resolve = async () => ['127.0.0.1'];
  const upstreams = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock, resolve, ...options });
  return await diagnosed(
    upstreams.open({ purpose: 'registries', ...options }).send({ method: 'GET', url, signal, maxBytes: 100 }),
  );
}

async function diagnosed(asking: Promise<unknown>): Promise<ProviderError> {
  const error = await asking.then(
    () => undefined,
    (failure: unknown) => toProviderError(failure, TRIED),
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe('a registry that cannot be reached', () => {
  const notFound = Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
  const noServer = Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' });
  const failures: readonly (readonly [Diagnosis, url: string, says: string, Partial<UpstreamsOptions>])[] = [
    [
      'name-not-found',
      'https://nowhere.example.org/',
      'how the name is written',
      { resolve: () => Promise.reject(notFound) },
    ],
    ['name-not-found', 'https://empty.example.org/', 'how the name is written', { resolve: async () => [] }],
    ['unreachable', 'https://r.example.org/', 'name server', { resolve: () => Promise.reject(noServer) }],
    ['refused', 'http://127.0.0.1:1025/', 'Check the port', {}],
    ['denied-here', 'http://10.0.0.1/', 'egress.allow', {}],
    ['denied-here', 'https://r.example.org/', 'egress.allow', { resolve: async () => ['192.168.1.1'] }],
    ['denied-here', 'http://93.184.216.34/', 'by https only', {}],
  ];
  for (const [diagnosis, url, says, options] of failures) {
    it(`is told of as ${diagnosis}: ${url}`, async () => {
      const error = await asked(url, options);
      expect(error.diagnosis).toBe(diagnosis);
      expect(error.message).toStartWith('registry.example.org, listing its tags: ');
      expect(error.message).toContain(says);
    });
  }

  it('is told of as a time-out where nothing is ever said', async () => {
    const port = await talking(() => undefined);
    const error = await asked(`http://127.0.0.1:${port}/`, { totalSeconds: 0.05 });
    expect([error.diagnosis, error.message.includes('too long')]).toEqual(['timeout', true]);
    const aborted = await Promise.reject(new DOMException('over', 'TimeoutError')).catch((error_: unknown) =>
      toProviderError(error_, TRIED),
    );
    expect(aborted).toMatchObject({ diagnosis: 'timeout' });
  });

  it('is told of as unreachable where the connection is cut', async () => {
    const port = await talking((socket) => socket.destroy());
    expect((await asked(`http://127.0.0.1:${port}/`)).diagnosis).toBe('unreachable');
  });

  it('is told of as no registry where something else answers', async () => {
    const port = await talking((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect((await asked(`http://127.0.0.1:${port}/`)).diagnosis).toBe('not-a-registry');
  });

  it('is told of as malformed where it says too much, or sends us round and round', async () => {
    const much = serve(() => new Response('x'.repeat(101)));
    expect((await asked(`http://127.0.0.1:${much}/`)).diagnosis).toBe('malformed');
    const round = serve(() => Response.redirect('/', 302));
    expect((await asked(`http://127.0.0.1:${round}/`)).diagnosis).toBe('malformed');
  });

  it('is told of with its certificate: whose it is, who signed it, and when it counts', async () => {
    const folder = temporaryFolder('diagnose');
    opened.push(() => removeFolder(folder));
    const made = await writeLocalCertificates({
      folder,
      names: ['other.example.org'],
      now: new Date('2026-02-01T12:00:00Z'),
    });
    const cert = readFileSync(made.certificatePath, 'utf8');
    const port = serve(() => new Response(), { cert, key: readFileSync(made.keyPath, 'utf8') });
    const authorities = readFileSync(made.authorityPath, 'utf8');

    const names = await asked(`https://registry.example.org:${port}/`, { authorities });
    expect(names.diagnosis).toBe('tls');
    expect(names.message).toMatch(
      /its certificate is for other names\. It is for other\.example\.org, signed by CN=Havre local authority [^,]+, valid from 2026-02-01 to \d{4}-\d\d-\d\d\. Use one of its names/,
    );
    expect(names.certificate).toMatchObject({ subject: 'CN=other.example.org', names: ['other.example.org'] });

    const unknown = await asked(`https://other.example.org:${port}/`);
    expect(unknown.message).toContain('add the certificate of its authority (PEM) to the connection');
  });

  it('is told of as one that speaks no TLS, and what to do', async () => {
    const port = serve(() => new Response());
    const error = await asked(`https://registry.example.org:${port}/`);
    expect([error.diagnosis, error.certificate]).toEqual(['tls', undefined]);
    expect(error.message).toContain('write http:// before its name');
  });
});

describe('a registry that is not asked', () => {
  async function second(headers: Record<string, string>, status: number, options: Partial<OpenOptions> = {}) {
    const port = serve(() => new Response('', { status, headers }));
    const clock = new EgressClock();
    const upstreams = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock });
    const ask = (more: Partial<OpenOptions> = {}) =>
      upstreams
        .open({ purpose: 'registries', ...more })
        .send({ method: 'GET', url: `http://127.0.0.1:${port}/`, signal, attempts: 1 });
    for (let left = 5; left > 0; left -= 1) await ask().catch(() => undefined);
    return await diagnosed(ask(options));
  }

  it('asked for a pause: until then it is rate-limited', async () => {
    const error = await second({ 'Retry-After': '600' }, 429);
    expect([error.diagnosis, error.retryAt]).toEqual(['rate-limited', new Date(NOW + 600_000)]);
  });

  it('failed again and again', async () => {
    const error = await second({}, 500);
    expect(error.diagnosis).toBe('failing');
    expect(error.retryAt?.getTime()).toBeGreaterThan(NOW);
  });

  it('keeps what is left for people', async () => {
    const headers = {
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '10',
      'x-ratelimit-reset': String(NOW / 1000 + 600),
    };
    const error = await second(headers, 200, { priority: 'background' });
    expect([error.diagnosis, error.retryAt]).toEqual(['paused', new Date(NOW + 600_000)]);
  });
});

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): UpstreamAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    headers: new Map(Object.entries(headers)),
    body: new TextEncoder().encode(text),
    url: 'https://registry.example.org/v2/',
  };
}

describe('an answer that was not hoped for', () => {
  const hours = (count: number): Record<string, string> => ({ date: new Date(NOW + count * 3_600_000).toUTCString() });
  const refusals: readonly (readonly [string, UpstreamAnswer, Diagnosis, says: string])[] = [
    ['401', answer(401), 'wrong-credentials', 'The username or the secret is not right'],
    ['401 of an ended token', answer(401, { message: 'Token has expired' }), 'token-expired', 'make a new one'],
    [
      '401 of an ended token, in the challenge',
      answer(401, '', {
        'www-authenticate': 'Bearer error="invalid_token", error_description="The access token expired"',
      }),
      'token-expired',
      'make a new one',
    ],
    ['401, the clocks apart', answer(401, '', hours(2)), 'wrong-credentials', '120 minutes behind'],
    [
      '403',
      answer(403, { errors: [{ code: 'DENIED', message: 'no' }] }),
      'forbidden',
      '403: DENIED: no. The credentials',
    ],
    ['403 of GitHub', answer(403, '', { 'retry-after': '60' }), 'rate-limited', '2026-03-01T12:01:00.000Z'],
    ['429', answer(429, { detail: 'slow down' }, { 'retry-after': '90' }), 'rate-limited', '2026-03-01T12:01:30.000Z'],
    ['429 without a time', answer(429), 'rate-limited', '2026-03-01T12:01:00.000Z'],
    ['404', answer(404), 'not-found', 'look at how it is written'],
    ['410', answer(410), 'not-found', 'not visible to this login'],
    ['404 of a page', answer(404, '<html>'), 'unsupported', 'A page for people'],
    ['405', answer(405), 'unsupported', 'switched off'],
    ['408', answer(408), 'timeout', '408'],
    ['500', answer(500, { error: { message: 'oops' } }), 'failing', 'oops. That is an error of the registry'],
    ['503', answer(503, '', { 'retry-after': '90' }), 'failing', 'come back at 2026-03-01T12:01:30.000Z'],
    ['302', answer(302), 'malformed', '302'],
    ['400', answer(400, 'bad name', { 'content-type': 'text/plain' }), 'malformed', '400: bad name.'],
  ];
  for (const [what, refused, diagnosis, says] of refusals) {
    it(`is told of: ${what}`, () => {
      const error = refusalOf(refused, TRIED);
      expect([error.diagnosis, error.status]).toEqual([diagnosis, refused.status]);
      expect(error.message).toStartWith('registry.example.org, listing its tags: it answers ');
      expect(error.message).toContain(says);
    });
  }

  it('means something else to who logged in, to who did not, and to who signs with the time', () => {
    expect(refusalOf(answer(401), { ...TRIED, hasProvedItself: true }).diagnosis).toBe('forbidden');
    expect(refusalOf(answer(401), { ...TRIED, isAnonymous: true }).message).toContain('this connection has none');
    const signed = { ...TRIED, isSignedWithTime: true };
    expect(refusalOf(answer(403, '', hours(-1)), signed)).toMatchObject({ diagnosis: 'clock-skew' });
    expect(refusalOf(answer(403, '', hours(-1)), signed).message).toContain('60 minutes ahead of');
    expect(refusalOf(answer(403, '', hours(0)), signed).diagnosis).toBe('forbidden');
  });

  it('says until when, for programs', () => {
    const retryAt = new Date(NOW + 600_000);
    const headers = { 'x-retry-after': String(retryAt.getTime() / 1000) };
    expect(refusalOf(answer(429, '', headers), TRIED).retryAt).toEqual(retryAt);
  });

  it('says no secret, in whatever form it is repeated, and not much else', () => {
    const secrets = ['hunter2&more'];
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`;
    const message = `no hunter2&more, no hunter2%26more, no Bearer abcdefghijkl, no ${jwt}, no ghp_0123456789abcdef\r\n\u{1b}[31m`;
    const said = refusalOf(answer(403, { errors: [{ message: message + 'x'.repeat(5000) }] }), {
      ...TRIED,
      secrets,
    }).message;
    expect(said).not.toMatch(/hunter2|abcdefghijkl|eyJ|ghp_0/);
    expect(said).not.toMatch(/[\u{0}-\u{1f}]/u);
    expect(said.length).toBeLessThan(600);
    const key = '-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBg\\n';
    const repeated = answer(403, { errors: [{ message: `no ${key}-----END PRIVATE KEY-----, and no ${key}` }] });
    expect(refusalOf(repeated, TRIED).message).not.toContain('MII');
  });

  it('is not repeated where it is a page', () => {
    expect(refusalOf(answer(500, '<html>secret inside</html>'), TRIED).message).not.toContain('inside');
    expect(notARegistry(answer(200, '<!doctype html>'), TRIED)).toMatchObject({ diagnosis: 'not-a-registry' });
  });
});

describe('an answer that was hoped for', () => {
  const thrown = (read: () => unknown): unknown => {
    try {
      return read();
    } catch (error) {
      return error;
    }
  };

  it('is JSON, or it is said what it is', () => {
    expect(jsonIn(answer(200, { a: 1 }), TRIED)).toEqual({ a: 1 });
    expect(thrown(() => jsonIn(answer(200, 'no'), TRIED))).toMatchObject({ diagnosis: 'malformed' });
    expect(thrown(() => jsonIn(answer(200, '<html>'), TRIED))).toMatchObject({ diagnosis: 'not-a-registry' });
  });

  it('says what time it is there', () => {
    const late = answer(200, '', { date: new Date(NOW + 400_000).toUTCString() });
    expect(clockSkewSeconds(late, NOW)).toBe(400);
    expect(clockRemark(late, NOW)).toContain('7 minutes behind');
    expect(clockRemark(answer(200, '', { date: new Date(NOW - 200_000).toUTCString() }), NOW)).toBeUndefined();
    expect(clockSkewSeconds(answer(200, '', { date: 'today' }), NOW)).toBeUndefined();
  });
});

describe('errors that are no answers', () => {
  it('of the client of registries have their diagnosis, too', () => {
    expect(toProviderError(new UnsafeAddressError('refused'), TRIED)).toMatchObject({ diagnosis: 'denied-here' });
    expect(toProviderError(new LoginRefusedError('no', { status: 401 }), TRIED)).toMatchObject({
      diagnosis: 'wrong-credentials',
      status: 401,
    });
  });

  it('stay what they are where nobody else is to blame', () => {
    const own = new ProviderError('forbidden', 'no');
    const mistake = new TypeError('undefined is not a function');
    const left = new DOMException('left', 'AbortError');
    for (const error of [own, mistake, left]) expect(toProviderError(error, TRIED)).toBe(error);
  });
});
