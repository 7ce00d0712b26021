import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { Browser, type Answer } from '../../../test/support/browser.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { serveEntry, type ServedEntry } from '../../../test/support/served-entry.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { sqlRows } from '../../../test/support/sql-rows.ts';

const PASSWORD = 'a long enough password';
const NEW = 'another long password';

let folder: string;
let entry: ServedEntry;

beforeAll(async () => {
  folder = temporaryFolder('own-password');
  const htpasswd = join(folder, 'htpasswd');
  await Bun.write(htpasswd, `hugo:${await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 })}\n`);
  entry = await serveEntry({ env: { HAVRE_AUTH_HTPASSWD_PATH: htpasswd } });
});

afterAll(async () => {
  await entry[Symbol.asyncDispose]();
  removeFolder(folder);
});

/** @param name of a user who is not there yet. */
async function newUser(name: string): Promise<Browser> {
  await entry.installation.auth.users.create({ name, password: PASSWORD });
  return loggedIn(name);
}

async function loggedIn(name: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser(entry);
  expect((await browser.logIn(name, password)).status).toBe(201);
  return browser;
}

function change(browser: Browser, current: string, password: string): Promise<Answer> {
  return browser.ask('PUT', '/api/v1/account/password', { current, password });
}

describe('changing the password of oneself', () => {
  it('ends the other sessions and what was issued, and goes on here', async () => {
    const [browser, other] = [await newUser('ada'), await loggedIn('ada')];
    const reply = await entry.send('/token', { headers: { Authorization: basicAuthorization('ada', PASSWORD) } });
    const { token } = (await reply.json()) as { token: string };
    expect((await change(browser, PASSWORD, NEW)).document).toEqual({ name: 'ada' });
    expect(await browser.account()).toMatchObject({ name: 'ada' });
    expect(await other.account()).toBeNull();
    const sessions = (await browser.ask('GET', '/api/v1/sessions')).document['sessions'];
    expect(sessions).toEqual([expect.objectContaining({ current: true })]);
    const bearer = await entry.send('/api/v1/session', { headers: { Authorization: `Bearer ${token}` } });
    expect(bearer.status).toBe(401);
    expect((await new Browser(entry).logIn('ada', PASSWORD)).status).toBe(401);
    await loggedIn('ada', NEW);
  });

  it('wants the present one, and does nothing without it', async () => {
    const browser = await newUser('bob');
    const { status, document } = await change(browser, 'a wrong password', NEW);
    expect([status, document['type']]).toEqual([403, '/api/v1/problems/PASSWORD_WRONG']);
    expect(await browser.account()).toMatchObject({ name: 'bob' });
    await loggedIn('bob');
  });

  it('takes nobody else’s credential for the present one', async () => {
    const { secret } = await entry.installation.auth.tokens.create({
      name: 'of-carl',
      scope: [{ pattern: '**', actions: ['pull'] }],
    });
    const browser = await newUser('carl');
    expect((await change(browser, secret, NEW)).status).toBe(403);
    await loggedIn('carl');
  });

  it('slows down whoever guesses at an open browser', async () => {
    const browser = await newUser('dora');
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await change(browser, `guess ${i}`, NEW)).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });

  it('wants a password by the rules', async () => {
    const browser = await newUser('emil');
    const { status, document } = await change(browser, PASSWORD, 'short');
    expect([status, document['type']]).toEqual([400, '/api/v1/problems/ACCOUNT_INVALID']);
    await loggedIn('emil');
  });

  it('is not for tokens, nor for users of the htpasswd file or of the configuration', async () => {
    const { auth } = entry.installation;
    await auth.ensureAdministrator({ username: 'configured', password: PASSWORD });
    const { secret } = await auth.tokens.create({ name: 'ci', scope: [{ pattern: '**', actions: ['pull'] }] });
    for (const [name, password] of [
      ['hugo', PASSWORD],
      ['configured', PASSWORD],
      ['ci', secret],
    ] as const) {
      const browser = await loggedIn(name, password);
      expect(await browser.account()).toMatchObject({ name, canChangePassword: false });
      const { status, document } = await change(browser, password, NEW);
      expect([status, document['type']]).toEqual([409, '/api/v1/problems/ACCOUNT_PROTECTED']);
      expect(await browser.account()).toMatchObject({ name });
    }
  });

  it('as an administrator, by name, goes on here too; of others it ends every session', async () => {
    await entry.installation.auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
    const [root, elsewhere, frida] = [await loggedIn('root'), await loggedIn('root'), await newUser('frida')];
    expect((await root.ask('PUT', '/api/v1/users/frida/password', { password: NEW })).status).toBe(200);
    expect(await frida.account()).toBeNull();
    expect((await root.ask('PUT', '/api/v1/users/root/password', { password: NEW })).status).toBe(200);
    expect(await root.account()).toMatchObject({ name: 'root' });
    expect(await elsewhere.account()).toBeNull();
  });
});

it('what was done is in the audit, with who and from where, and no secret is anywhere', async () => {
  await entry.installation.auth.users.create({ name: 'gina', password: PASSWORD });
  const browser = new Browser(entry);
  await browser.logIn('gina', 'a wrong password');
  await browser.logIn('gina', PASSWORD);
  const secrets = [browser.secret];
  await change(browser, PASSWORD, NEW);
  await browser.ask('DELETE', '/api/v1/session');
  await entry.installation.content.refusals.flush();
  const rows = await sqlRows(entry.installation.content.db, 'audit');
  // A refused login is recorded as one, and not as a request besides.
  expect(rows.filter(({ action }) => action === 'api.refused')).toEqual([]);
  const ofGina = rows.filter((row) => JSON.stringify(row).includes('gina') && row['action'] !== 'user.created');
  const recorded = ofGina.map(({ action, principal_name: name, source, client }) =>
    [action, name, source, client].join(', '),
  );
  expect(recorded.toSorted()).toEqual([
    'login.refused, , 127.0.0.1, ',
    'session.begun, gina, 127.0.0.1, a browser',
    'session.ended, gina, 127.0.0.1, a browser',
    'user.password-changed, gina, 127.0.0.1, a browser',
  ]);
  const everything = [
    JSON.stringify(rows),
    entry.logs(),
    JSON.stringify(await sqlRows(entry.installation.content.db, 'sessions')),
  ];
  for (const secret of [...secrets, PASSWORD, NEW, 'a wrong password']) {
    for (const text of everything) expect(text).not.toContain(secret);
  }
  expect(entry.logs()).toContain('"principal":"gina"');
});
