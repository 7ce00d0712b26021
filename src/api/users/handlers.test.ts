import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const PASSWORD = 'a long enough password';

async function canLogIn(name: string, password: string): Promise<boolean> {
  try {
    await installation.auth.authenticator.identify(basicAuthorization(name, password), { source: '192.0.2.1' });
    return true;
  } catch {
    return false;
  }
}

describe('adding a user', () => {
  it('lets it log in with the password given, and tells nobody what that is', async () => {
    const added = await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
    const user = { name: 'ada', isAdministrator: false, origin: 'added', createdAt: '2026-11-20T10:00:00.000Z' };
    expect(added).toEqual({ status: 201, document: { user } });
    expect(await canLogIn('ada', PASSWORD)).toBe(true);
    expect(await askAdmin(installation, 'GET', '/users')).toEqual({
      status: 200,
      document: { users: [user], next: null },
    });
  });

  it('makes a password when none is given, and shows it once', async () => {
    const { document } = await askAdmin(installation, 'POST', '/users', { name: 'ada' });
    expect(await canLogIn('ada', String(document['generatedPassword']))).toBe(true);
  });

  it('can make an administrator', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD, isAdministrator: true });
    const identity = await installation.auth.authenticator.identify(basicAuthorization('ada', PASSWORD), {
      source: '192.0.2.1',
    });
    expect(identity.isAdministrator).toBe(true);
  });

  const refused = [
    ['a name that is taken', { name: 'bob', password: PASSWORD }, 409, 'ACCOUNT_TAKEN'],
    ['a name that no client can send', { name: 'a:b', password: PASSWORD }, 400, 'ACCOUNT_INVALID'],
    ['a short password', { name: 'ada', password: 'short' }, 400, 'ACCOUNT_INVALID'],
    ['no name', { password: PASSWORD }, 400, 'INPUT_INVALID'],
    ['a field that does not exist', { name: 'ada', admin: true }, 400, 'INPUT_INVALID'],
  ] as const;
  for (const [what, body, status, code] of refused) {
    it(`is refused with ${what}`, async () => {
      await askAdmin(installation, 'POST', '/users', { name: 'bob', password: PASSWORD });
      const reply = await askAdmin(installation, 'POST', '/users', body);
      expect(reply.status).toBe(status);
      expect(reply.document['type']).toBe(`/api/v1/problems/${code}`);
    });
  }
});

describe('a new password', () => {
  it('takes the place of the old one at once', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
    expect(await canLogIn('ada', PASSWORD)).toBe(true);
    const { status } = await askAdmin(installation, 'PUT', '/users/ada/password', { password: 'another password' });
    expect(status).toBe(200);
    expect(await canLogIn('ada', PASSWORD)).toBe(false);
    expect(await canLogIn('ada', 'another password')).toBe(true);
  });

  it('is not set for somebody the configuration made', async () => {
    await installation.auth.ensureAdministrator({ username: 'root', password: PASSWORD });
    const reply = await askAdmin(installation, 'PUT', '/users/root/password', { password: 'another password' });
    expect(reply.status).toBe(409);
    expect(reply.document['detail']).toContain('configuration');
  });
});

describe('removing a user', () => {
  it('ends its logins, and its name may be given again', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
    expect(await askAdmin(installation, 'DELETE', '/users/ada')).toEqual({ status: 200, document: { name: 'ada' } });
    expect(await canLogIn('ada', PASSWORD)).toBe(false);
    expect((await askAdmin(installation, 'POST', '/users', { name: 'ada' })).status).toBe(201);
  });

  it('is refused for one that does not exist', async () => {
    const reply = await askAdmin(installation, 'DELETE', '/users/ada%2Fx');
    expect(reply.status).toBe(404);
    expect(reply.document['detail']).toBe('There is no user "ada/x".');
  });
});

describe('what somebody may do', () => {
  const to = { kind: 'user', name: 'ada' };

  it('is what was granted to them, to all who log in and to everybody', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada' });
    await askAdmin(installation, 'POST', '/users', { name: 'bob' });
    await askAdmin(installation, 'POST', '/grants', { to, pattern: 'team/**', actions: ['pull', 'push'] });
    await askAdmin(installation, 'POST', '/grants', {
      to: { kind: 'everybody' },
      pattern: 'public/*',
      actions: ['pull'],
    });
    await askAdmin(installation, 'POST', '/grants', {
      to: { kind: 'signed-in' },
      pattern: 'pn-1',
      actions: ['registries:use'],
    });
    const ofAda = await askAdmin(installation, 'GET', '/users/ada/rules');
    expect(ofAda.document['rules']).toHaveLength(3);
    expect(ofAda.document['rules']).toContainEqual({ pattern: 'team/**', actions: ['pull', 'push'] });
    expect(ofAda.document['rules']).toContainEqual({ pattern: 'pn-1', actions: ['registries:use'] });
    const ofBob = await askAdmin(installation, 'GET', '/users/bob/rules');
    expect(ofBob.document['rules']).toHaveLength(2);
  });

  it('is everything, of an administrator', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'root', isAdministrator: true });
    expect((await askAdmin(installation, 'GET', '/users/root/rules')).document).toEqual({
      rules: [
        { pattern: '**', actions: ['admin'] },
        { pattern: '**', actions: ['registries:manage'] },
      ],
    });
  });

  it('is not known of somebody who does not exist', async () => {
    const { status, document } = await askAdmin(installation, 'GET', '/users/nobody/rules');
    expect({ status, type: document['type'] }).toEqual({ status: 404, type: '/api/v1/problems/ACCOUNT_UNKNOWN' });
  });
});

it('lists the users of the htpasswd file after our own, and says what they may do', async () => {
  const folder = temporaryFolder('htpasswd');
  const htpasswdPath = join(folder, 'htpasswd');
  writeFileSync(htpasswdPath, `zoe:${Bun.password.hashSync('x', { algorithm: 'bcrypt', cost: 4 })}\n`);
  const other = await openInstallation({ htpasswdPath });
  try {
    await askAdmin(other, 'POST', '/users', { name: 'ada' });
    const { document } = await askAdmin(other, 'GET', '/users');
    expect(document['users']).toMatchObject([
      { name: 'ada', origin: 'added' },
      { name: 'zoe', origin: 'htpasswd' },
    ]);
    expect((await askAdmin(other, 'GET', '/users/zoe/rules')).document).toEqual({
      rules: [{ pattern: '**', actions: ['pull', 'push', 'delete'] }],
    });
  } finally {
    await other.close();
    removeFolder(folder);
  }
});
