import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { Browser, OWN_PAGE } from '../../../test/support/browser.ts';
import { serveEntry, type ServedEntry } from '../../../test/support/served-entry.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

const PASSWORD = 'a long enough password';
const NEIGHBOUR = 'https://wiki.example.org';
const PUBLIC = 'https://registry.example.org';

let entry: ServedEntry;
let secure: ServedEntry;
let browser: Browser;

beforeAll(async () => {
  entry = await serveEntry({
    env: {
      HAVRE_PUBLIC_URL: PUBLIC,
      HAVRE_HTTP_CORS_ALLOWED_ORIGINS: NEIGHBOUR,
      HAVRE_HTTP_CORS_ALLOW_CREDENTIALS: 'true',
      HAVRE_HTTP_TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  secure = await serveEntry({ scheme: 'https' });
  for (const { installation } of [entry, secure]) {
    await installation.auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
  }
  browser = new Browser(entry);
  await browser.logIn('root', PASSWORD);
});

afterAll(async () => {
  await entry[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
});

interface Sent {
  readonly status: number;
  readonly code: string;
  readonly isDone: boolean;
  readonly headers: Headers;
}

let users = 0;

/** Adds a user with the cookie of an administrator. */
async function addUser(headers: Readonly<Record<string, string>>, cookie = browser.cookie, at = entry): Promise<Sent> {
  users += 1;
  const name = `user-${users}`;
  const response = await at.send('/api/v1/users', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: cookie, ...headers },
    body: JSON.stringify({ name, password: PASSWORD }),
  });
  const { type = '' } = (await response.json()) as { type?: string };
  const isDone = (await at.installation.auth.users.list()).some((user) => user.name === name);
  return { status: response.status, code: type.split('/').at(-1) ?? '', isDone, headers: response.headers };
}

const REFUSED = { status: 403, code: 'CSRF_REFUSED', isDone: false };
const DONE = { status: 201, isDone: true };

describe('a change with the cookie of a session', () => {
  const own = (): string => entry.url;
  const cases: readonly [string, () => Readonly<Record<string, string>>, object][] = [
    ['of our own page', () => ({ 'Sec-Fetch-Site': 'same-origin' }), DONE],
    ['of our own page, in a browser that says only Origin', () => ({ Origin: own() }), DONE],
    ['of our own page, by the public URL', () => ({ Origin: PUBLIC }), DONE],
    ['of our own page, that a proxy is asked for', proxied({ Origin: 'https://harbour.example.org' }), DONE],
    ['of another site', () => ({ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }), REFUSED],
    [
      'of a neighbour by domain',
      () => ({ 'Sec-Fetch-Site': 'same-site', Origin: 'https://other.example.org' }),
      REFUSED,
    ],
    ['of a neighbour that CORS lets in', () => ({ 'Sec-Fetch-Site': 'same-site', Origin: NEIGHBOUR }), REFUSED],
    ['of a neighbour that CORS lets in, saying only Origin', () => ({ Origin: NEIGHBOUR }), REFUSED],
    ['of another port of this host', () => ({ Origin: own().replace(/\d+$/, '1') }), REFUSED],
    ['of this host by another scheme', () => ({ Origin: own().replace('http:', 'https:') }), REFUSED],
    ['of a host whose name begins as ours', () => ({ Origin: `${own()}.evil.example` }), REFUSED],
    ['of a page without an origin', () => ({ Origin: 'null' }), REFUSED],
    ['of no page that anybody knows of', () => ({}), REFUSED],
    ['of an address that somebody typed', () => ({ 'Sec-Fetch-Site': 'none' }), REFUSED],
    ['that says our site in a way of its own', () => ({ 'Sec-Fetch-Site': 'same-origin, cross-site' }), REFUSED],
  ];
  for (const [what, headers, expected] of cases) {
    it(`${what}: ${expected === DONE ? 'is done' : 'is refused, and nothing happens'}`, async () => {
      expect(await addUser(headers(), cookieFor(what))).toMatchObject(expected);
    });
  }

  /** To a proxy that speaks TLS with the browser, the cookie has its other name. */
  function cookieFor(what: string): string {
    return what.includes('proxy') ? `__Host-havre=${browser.secret}` : browser.cookie;
  }

  function proxied(headers: Readonly<Record<string, string>>) {
    return () => ({
      'X-Forwarded-For': '192.0.2.7',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'harbour.example.org:443',
      ...headers,
    });
  }

  it('over TLS is compared with the scheme, too', async () => {
    const there = new Browser(secure);
    await there.logIn('root', PASSWORD);
    expect(await addUser({ Origin: secure.url }, there.cookie, secure)).toMatchObject(DONE);
    expect(await addUser({ Origin: secure.url.replace('https:', 'http:') }, there.cookie, secure)).toMatchObject(
      REFUSED,
    );
  });

  for (const [method, path] of [
    ['PUT', '/api/v1/users/root/password'],
    ['DELETE', '/api/v1/users/root'],
    ['DELETE', '/api/v1/session'],
    ['PATCH', '/api/v1/users'],
    ['POST', '/cloud/project/pn-1/ai/registry'],
    ['DELETE', '/cloud/project/pn-1/ai/registry/reg-1'],
  ] as const) {
    it(`is refused whatever it is: ${method} ${path}`, async () => {
      const headers = { Cookie: browser.cookie, Origin: NEIGHBOUR, 'Content-Type': 'application/json' };
      const response = await entry.send(path, { method, headers });
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('CSRF_REFUSED')]);
      expect(await browser.account()).toMatchObject({ name: 'root' });
    });
  }

  it('needs none of this with an Authorization header, which no page sends by itself', async () => {
    expect(await addUser({ Authorization: basicAuthorization('root', PASSWORD), Origin: NEIGHBOUR })).toMatchObject(
      DONE,
    );
  });
});

describe('a look with the cookie of a session', () => {
  const look = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await entry.send('/api/v1/users', { headers: { Cookie: browser.cookie, ...headers } })).status;

  it('is for our pages, for addresses that people type, and for browsers that say nothing', async () => {
    const kinds = [OWN_PAGE, { 'Sec-Fetch-Site': 'none' }, {}, { Origin: entry.url }];
    expect(await Promise.all(kinds.map(look))).toEqual([200, 200, 200, 200]);
  });

  it('is not for pages of others, whatever CORS lets them do with a password', async () => {
    const kinds = [{ 'Sec-Fetch-Site': 'same-site' }, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: NEIGHBOUR }];
    expect(await Promise.all(kinds.map(look))).toEqual([403, 403, 403]);
    const headers = { Authorization: basicAuthorization('root', PASSWORD), Origin: NEIGHBOUR };
    const response = await entry.send('/api/v1/users', { headers });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, NEIGHBOUR]);
  });
});

describe('a login', () => {
  const logIn = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    entry.send('/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ username: 'root', password: PASSWORD }),
    });

  it('by a page of others is refused: nobody is to be logged in as somebody else unawares', async () => {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: NEIGHBOUR },
    ]) {
      const response = await logIn(headers);
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
    }
  });

  it('with a wrong password opens no window, also in browsers that say nothing of their pages', async () => {
    const response = await entry.send('/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: entry.url },
      body: JSON.stringify({ username: 'root', password: 'a wrong password' }),
    });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Session realm="Havre"']);
  });

  it('by our own is done, with an old cookie as well', async () => {
    expect((await logIn({ Origin: entry.url })).status).toBe(201);
    expect((await logIn({ ...OWN_PAGE, Cookie: `havre=${'A'.repeat(43)}` })).status).toBe(201);
  });
});

describe('whoever is refused without a credential', () => {
  const challenge = async (
    headers: Readonly<Record<string, string>>,
    path = '/api/v1/users',
  ): Promise<string | null> => {
    const response = await entry.send(path, { headers });
    expect(response.status).toBe(401);
    return response.headers.get('www-authenticate');
  };

  it('is asked for a password by programs and address bars', async () => {
    expect(await challenge({})).toBe('Basic realm="Havre"');
    expect(await challenge({ 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Dest': 'document' })).toBe('Basic realm="Havre"');
    expect(await challenge({ 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'document' })).toBe(
      'Basic realm="Havre"',
    );
  });

  it('gets no window of the browser where a page of ours asks', async () => {
    const dead = `havre=${'A'.repeat(43)}`;
    for (const headers of [OWN_PAGE, { Cookie: dead }, { Cookie: `__Host-${dead}` }, { 'X-Requested-With': 'fetch' }]) {
      expect(await challenge(headers)).toBe('Session realm="Havre"');
      expect(await challenge(headers, '/cloud/project/pn-1/ai/registry')).toBe('Session realm="Havre"');
    }
  });

  it('nor where the page sends a password that is wrong', async () => {
    const authorization = basicAuthorization('root', 'a wrong password');
    expect(await challenge({ ...OWN_PAGE, Authorization: authorization })).toBe('Session realm="Havre"');
    expect(await challenge({ Authorization: authorization })).toBe('Basic realm="Havre"');
  });
});

describe('outside the admin API a session opens nothing', () => {
  it('not the registry, not its tokens, not the metrics', async () => {
    const headers = { ...OWN_PAGE, Cookie: browser.cookie };
    const statusOf = async (path: string): Promise<number> => (await entry.send(path, { headers })).status;
    expect(await statusOf('/v2/')).toBe(401);
    expect(await statusOf('/v2/_catalog')).toBe(401);
    expect(await statusOf('/metrics')).toBe(401);
    expect(await (await entry.send('/readyz?verbose', { headers })).text()).not.toContain('database');
    const { token } = (await (await entry.send('/token?scope=registry:catalog:*', { headers })).json()) as {
      token: string;
    };
    const withToken = { Authorization: `Bearer ${token}` };
    expect(await (await entry.send('/api/v1/session', { headers: withToken })).json()).toMatchObject({ account: null });
  });

  it('nor as a password or a token', async () => {
    for (const authorization of [basicAuthorization('root', browser.secret), `Bearer ${browser.secret}`]) {
      const response = await entry.send('/api/v1/session', { headers: { Authorization: authorization } });
      expect(response.status).toBe(401);
    }
  });
});
