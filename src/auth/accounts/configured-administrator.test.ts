import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import { PasswordRefusedError } from '../passwords/password.ts';
import { AccountInvalidError, AccountProtectedError } from './account-errors.ts';

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
});

afterEach(() => auth.dispose());

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

/** A start with these settings, on the same folder. */
async function start(username?: string, password?: string): Promise<unknown> {
  auth = await auth.reopen();
  return auth.ensureAdministrator({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

async function expectRefused(username: string, password: string): Promise<void> {
  expect(await outcome(auth.login(username, password))).toBeInstanceOf(CredentialsRefusedError);
}

describe('a first start without settings', () => {
  it('makes an administrator and says the password, once', async () => {
    const made = await auth.ensureAdministrator({});
    expect(made).toEqual({ username: 'admin', password: expect.stringMatching(/^(?:[0-9a-z]{5}-){4}[0-9a-z]{5}$/) });
    expect((await auth.login('admin', made?.password ?? '')).isAdministrator).toBe(true);
    expect(await start()).toBeUndefined();
    expect((await auth.login('admin', made?.password ?? '')).isAdministrator).toBe(true);
    expect(await auth.users.list()).toHaveLength(1);
  });
});

describe('REGISTRY_USERNAME and REGISTRY_PASSWORD', () => {
  it('are the administrator', async () => {
    expect(await start('admin', 'changeme')).toBeUndefined();
    expect((await auth.login('admin', 'changeme')).isAdministrator).toBe(true);
    expect(await auth.users.list()).toMatchObject([{ name: 'admin', isAdministrator: true, isConfigured: true }]);
  });

  it('take effect with the next start: a new password', async () => {
    await start('admin', 'changeme');
    const { id } = await auth.users.get('admin');
    await start('admin', 'changed');
    await expectRefused('admin', 'changeme');
    expect((await auth.login('admin', 'changed')).principal.id).toBe(id);
  });

  it('take effect with the next start: a new name', async () => {
    await start('admin', 'changeme');
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'admin' });
    await start('newuser', 'newpassword');
    await expectRefused('admin', 'changeme');
    expect(await outcome(auth.identify(`Bearer ${secret}`))).toBeInstanceOf(CredentialsRefusedError);
    expect((await auth.login('newuser', 'newpassword')).isAdministrator).toBe(true);
    expect((await auth.users.list()).map(({ name }) => name)).toEqual(['newuser']);
  });

  it('that stay the same interrupt nobody', async () => {
    await start('admin', 'changeme');
    const query = new URLSearchParams({ scope: 'repository:a:pull' });
    const { body } = await auth.tokenService.get(query, `Basic ${btoa('admin:changeme')}`, '192.0.2.1');
    await start('admin', 'changeme');
    const identity = await auth.identify(`Bearer ${'token' in body ? body.token : ''}`);
    expect(identity.allows('pull', 'a')).toBe(true);
  });

  it('leave other users alone, and take over one that has the name', async () => {
    await auth.users.create({ name: 'ada', password: 'correct horse' });
    await auth.users.create({ name: 'bob', password: 'correct horse' });
    await start('ada', 'changeme');
    expect((await auth.login('ada', 'changeme')).isAdministrator).toBe(true);
    expect((await auth.login('bob', 'correct horse')).isAdministrator).toBe(false);
    await start('admin', 'changeme');
    await expectRefused('ada', 'changeme');
  });

  it('that are taken away leave the user as it is', async () => {
    await start('admin', 'changeme');
    expect(await start()).toBeUndefined();
    expect((await auth.login('admin', 'changeme')).isAdministrator).toBe(true);
  });

  it('may leave out the name, not the password', async () => {
    await start(undefined, 'changeme');
    expect((await auth.login('admin', 'changeme')).isAdministrator).toBe(true);
    expect(await outcome(start('admin'))).toBeInstanceOf(AccountInvalidError);
  });

  it('are refused when no client could send them', async () => {
    expect(await outcome(start('a:b', 'changeme'))).toBeInstanceOf(AccountInvalidError);
    expect(await outcome(start('admin', ''))).toBeInstanceOf(PasswordRefusedError);
  });

  it('are the only way to change that user', async () => {
    await start('admin', 'changeme');
    await auth.users.create({ name: 'ada', password: 'correct horse', isAdministrator: true });
    for (const change of [
      () => auth.users.changePassword('admin', 'another password'),
      () => auth.users.setAdministrator('admin', false),
      () => auth.users.remove('admin'),
    ]) {
      expect(await outcome(change())).toBeInstanceOf(AccountProtectedError);
    }
  });
});
