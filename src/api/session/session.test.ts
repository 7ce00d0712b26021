import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { Browser } from '../../../test/support/browser.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { serveEntry, type ServedEntry } from '../../../test/support/served-entry.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

const PASSWORD = 'a long enough password';
const JSON_TYPE = { 'Content-Type': 'application/json' };

let folder: string;
let entry: ServedEntry;
let secure: ServedEntry;

beforeAll(async () => {
  folder = temporaryFolder('sessions');
  const htpasswd = join(folder, 'htpasswd');
  await Bun.write(htpasswd, `hugo:${await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 })}\n`);
  entry = await serveEntry({ env: { HAVRE_AUTH_HTPASSWD_PATH: htpasswd } });
  secure = await serveEntry({ scheme: 'https', env: { HAVRE_PUBLIC_URL: 'https://registry.example.org:8443' } });
  for (const { installation } of [entry, secure]) {
    const { users, grants } = installation.auth;
    await users.create({ name: 'ada', password: PASSWORD });
    await users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
    await grants.add('ada', { pattern: 'team/**', actions: ['pull', 'push'] });
    await grants.add('ada', { pattern: 'pn-1', actions: ['registries:use'] });
  }
});

afterAll(async () => {
  await entry[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  removeFolder(folder);
});

async function loggedIn(username: string, password = PASSWORD, at = entry): Promise<Browser> {
  const browser = new Browser(at);
  expect((await browser.logIn(username, password)).status).toBe(201);
  return browser;
}

describe('logging in', () => {
  it('gives a cookie that no script reads and no other site sends', async () => {
    const { headers } = await new Browser(entry).logIn('ada', PASSWORD);
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^havre=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('over TLS gives one that is bound to the host, too', async () => {
    const { headers } = await new Browser(secure).logIn('ada', PASSWORD);
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-havre=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
    ]);
  });

  it('says who it is, and never the secret', async () => {
    const browser = new Browser(entry);
    const { document } = await browser.logIn('ada', PASSWORD);
    expect(document).toMatchObject({
      session: {
        id: expect.stringMatching(/^ses-[0-9a-f]{12}$/),
        createdAt: '2026-11-20T10:00:00.000Z',
        expiresAt: '2026-11-27T10:00:00.000Z',
        source: '127.0.0.1',
        client: 'a browser',
        current: true,
      },
      account: { name: 'ada', kind: 'user', isAdministrator: false, canChangePassword: true },
    });
    expect(JSON.stringify(document)).not.toContain(browser.secret);
  });

  it('lets an administrator do what administrators do', async () => {
    const browser = await loggedIn('root');
    expect((await browser.ask('POST', '/api/v1/users', { name: 'bob', password: PASSWORD })).status).toBe(201);
    expect((await browser.ask('GET', '/api/v1/users')).status).toBe(200);
  });

  it('gives nobody more than they may', async () => {
    const browser = await loggedIn('ada');
    expect((await browser.ask('POST', '/api/v1/users', { name: 'eve' })).status).toBe(403);
    expect((await browser.ask('GET', '/cloud/project/pn-1/ai/registry')).status).toBe(200);
  });

  it('can be done with a token, whose session may what the token may', async () => {
    const { secret } = await entry.installation.auth.tokens.create({
      name: 'ci',
      owner: 'ada',
      scope: [{ pattern: 'team/app', actions: ['admin'] }],
    });
    const browser = await loggedIn('', secret);
    expect(await browser.account()).toMatchObject({
      name: 'ci',
      kind: 'token',
      canChangePassword: false,
      grants: [{ pattern: 'team/app', actions: ['pull', 'push'] }],
    });
  });

  it('can be done by users of the htpasswd file', async () => {
    expect(await (await loggedIn('hugo')).account()).toMatchObject({
      name: 'hugo',
      canChangePassword: false,
      grants: [{ pattern: '**', actions: ['pull', 'push', 'delete'] }],
    });
  });

  it('refuses a bearer token of /token, which is less than a login', async () => {
    const reply = await entry.send('/token', { headers: { Authorization: basicAuthorization('ada', PASSWORD) } });
    const { token } = (await reply.json()) as { token: string };
    expect((await new Browser(entry).logIn('ada', token)).status).toBe(401);
    const own = await entry.send('/api/v1/sessions', { headers: { Authorization: `Bearer ${token}` } });
    expect(own.status).toBe(403);
  });

  it('with a wrong password opens no window of the browser, and sets no cookie', async () => {
    const { status, headers, document } = await new Browser(entry).logIn('ada', 'a wrong password');
    expect(status).toBe(401);
    expect(document).toMatchObject({ type: '/api/v1/problems/UNAUTHORIZED', detail: 'invalid credentials' });
    expect(headers.get('www-authenticate')).toBe('Session realm="Havre"');
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('is slowed down for whoever guesses', async () => {
    await entry.installation.auth.users.create({ name: 'guessed', password: PASSWORD });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await new Browser(entry).logIn('guessed', `guess ${i}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    const { status, headers } = await new Browser(entry).logIn('guessed', PASSWORD);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
  });

  it('refuses a name that would be read as another name and the beginning of its password', async () => {
    expect((await new Browser(entry).logIn('ada:a long', 'enough password')).status).toBe(400);
  });

  it('again in the same browser ends the session before', async () => {
    const browser = await loggedIn('ada');
    const before = browser.cookie;
    await browser.logIn('root', PASSWORD);
    expect(await browser.account()).toMatchObject({ name: 'root' });
    const old = await entry.send('/api/v1/sessions', { headers: { Cookie: before } });
    expect(old.status).toBe(401);
  });
});

describe('who am I', () => {
  it('is answered to nobody, too', async () => {
    const response = await entry.send('/api/v1/session');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      account: null,
      session: null,
      instance: { version: null, registry: new URL(entry.url).host, isDeletionEnabled: true },
    });
  });

  it('is answered to whoever shows a password: there is no session then', async () => {
    const headers = { Authorization: basicAuthorization('root', PASSWORD) };
    expect(await (await secure.send('/api/v1/session', { headers })).json()).toMatchObject({
      account: { name: 'root', isAdministrator: true, grants: [] },
      session: null,
      instance: { version: expect.stringMatching(/^\d+\.\d+/), registry: 'registry.example.org:8443' },
    });
  });

  it('says what somebody may do everywhere, and where else', async () => {
    const ada = await (await loggedIn('ada')).account();
    // Nothing of other registries: one list of them is for all, the others for those of the project.
    expect(ada?.['abilities']).toEqual(['govern-own-account', 'log-in', 'read-api', 'see-shared-registries']);
    expect(ada?.['grants']).toEqual(
      expect.arrayContaining([
        {
          pattern: 'team/**',
          actions: ['pull', 'push'],
          abilities: ['move-tags', 'see-history', 'see-repositories', 'see-sizes'],
        },
        { pattern: 'pn-1', actions: ['registries:use'], abilities: ['see-registries', 'use-registries'] },
      ]),
    );
    // To look at policies and plans it takes less than to make them, which is not hers.
    expect(JSON.stringify(ada)).not.toContain('manage-');
    const root = await (await loggedIn('root')).account();
    expect(root?.['abilities']).toEqual(
      expect.arrayContaining(['manage-users', 'see-registries', 'rotate-keys', 'govern-own-account']),
    );
  });

  it('believes the Authorization header where a cookie comes with it', async () => {
    const browser = await loggedIn('ada');
    const headers = { Cookie: browser.cookie, Authorization: basicAuthorization('root', PASSWORD) };
    expect(await (await entry.send('/api/v1/session', { headers })).json()).toMatchObject({
      account: { name: 'root' },
      session: null,
    });
    const wrong = { Cookie: browser.cookie, Authorization: basicAuthorization('root', 'a wrong password') };
    expect((await entry.send('/api/v1/session', { headers: wrong })).status).toBe(401);
  });

  it('takes over TLS no cookie that somebody without TLS could have set', async () => {
    const browser = await loggedIn('ada', PASSWORD, secure);
    const asPlain = { Cookie: `havre=${browser.secret}` };
    expect(await (await secure.send('/api/v1/session', { headers: asPlain })).json()).toMatchObject({ account: null });
  });

  for (const cookie of [
    'havre=',
    'havre=x',
    `havre=${'A'.repeat(43)}`,
    'havre',
    `other=1; havre=${'A'.repeat(5000)}`,
  ]) {
    it(`is nobody with the cookie ${cookie.slice(0, 30)}`, async () => {
      const response = await entry.send('/api/v1/session', { headers: { Cookie: cookie } });
      expect([response.status, await response.json()]).toMatchObject([200, { account: null }]);
    });
  }
});

describe('the sessions of somebody', () => {
  it('are listed, without those of others, and end one by one', async () => {
    await entry.installation.auth.users.create({ name: 'carl', password: PASSWORD });
    const [one, two, other] = [await loggedIn('carl'), await loggedIn('carl'), await loggedIn('ada')];
    const sessions = (await one.ask('GET', '/api/v1/sessions')).document['sessions'] as {
      id: string;
      current: boolean;
    }[];
    expect(sessions.map(({ current }) => String(current)).toSorted()).toEqual(['false', 'true']);
    const { id = '' } = sessions.find(({ current }) => !current) ?? {};
    expect((await other.ask('DELETE', `/api/v1/sessions/${id}`)).document).toMatchObject({
      type: '/api/v1/problems/SESSION_UNKNOWN',
      status: 404,
    });
    expect(await two.account()).toMatchObject({ name: 'carl' });
    expect((await one.ask('DELETE', `/api/v1/sessions/${id}`)).document).toEqual({ id });
    expect(await two.account()).toBeNull();
    expect(await one.account()).toMatchObject({ name: 'carl' });
  });

  it('end all at once but the one that asks', async () => {
    await entry.installation.auth.users.create({ name: 'dora', password: PASSWORD });
    const browsers = [await loggedIn('dora'), await loggedIn('dora'), await loggedIn('dora')] as const;
    expect((await browsers[0].ask('DELETE', '/api/v1/sessions')).document).toEqual({ ended: 2 });
    expect(await Promise.all(browsers.map((browser) => browser.account()))).toEqual([
      expect.objectContaining({ name: 'dora' }),
      null,
      null,
    ]);
  });

  it('end by logging out, which takes the cookie away', async () => {
    const browser = await loggedIn('ada');
    const { cookie } = browser;
    const { document, headers } = await browser.ask('DELETE', '/api/v1/session');
    expect(document).toEqual({ ended: true });
    expect(headers.getSetCookie()).toEqual(['havre=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0']);
    expect((await entry.send('/api/v1/sessions', { headers: { Cookie: cookie } })).status).toBe(401);
    expect((await browser.ask('DELETE', '/api/v1/session')).document).toEqual({ ended: false });
  });

  it('over TLS end with their cookie, too', async () => {
    const browser = await loggedIn('ada', PASSWORD, secure);
    expect((await browser.ask('DELETE', '/api/v1/session')).headers.getSetCookie()).toEqual([
      '__Host-havre=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
    ]);
    expect(await browser.account()).toBeNull();
  });

  it('are for an administrator to end, of our users and of those of the htpasswd file', async () => {
    await entry.installation.auth.users.create({ name: 'emil', password: PASSWORD });
    const [emil, hugo, ada, root] = await Promise.all(['emil', 'hugo', 'ada', 'root'].map((name) => loggedIn(name)));
    expect((await ada?.ask('DELETE', '/api/v1/users/emil/sessions'))?.status).toBe(403);
    expect(await emil?.account()).toMatchObject({ name: 'emil' });
    for (const [name, browser] of [
      ['emil', emil],
      ['hugo', hugo],
    ] as const) {
      expect((await root?.ask('DELETE', `/api/v1/users/${name}/sessions`))?.status).toBe(200);
      expect(await browser?.account()).toBeNull();
    }
    expect((await root?.ask('DELETE', '/api/v1/users/nobody/sessions'))?.status).toBe(404);
    expect(await ada?.account()).toMatchObject({ name: 'ada' });
  });
});

it('a login is refused that says no JSON, as another site’s form would', async () => {
  const body = JSON.stringify({ username: 'ada', password: PASSWORD });
  const response = await entry.send('/api/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body,
  });
  expect([response.status, response.headers.getSetCookie()]).toEqual([415, []]);
});

it('a program may begin a session: it has no page', async () => {
  const body = JSON.stringify({ username: 'ada', password: PASSWORD });
  const response = await entry.send('/api/v1/session', { method: 'POST', headers: JSON_TYPE, body });
  expect(response.status).toBe(201);
});
