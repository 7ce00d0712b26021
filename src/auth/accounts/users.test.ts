import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { PasswordRefusedError } from '../passwords/password.ts';
import {
  AccountInvalidError,
  AccountProtectedError,
  AccountTakenError,
  AccountUnknownError,
} from './account-errors.ts';

const PASSWORD = 'correct horse';

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
});

afterEach(() => auth.dispose());

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

describe('users', () => {
  it('are made with a password, or get one', async () => {
    const { user, password } = await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(user).toEqual({
      id: expect.stringMatching(/^user:[0-9a-f-]{36}$/),
      name: 'ada',
      isAdministrator: false,
      isConfigured: false,
      createdAt: auth.clock.now(),
    });
    expect(password).toBeUndefined();
    const made = await auth.users.create({ name: 'bob', isAdministrator: true });
    expect((await auth.login('bob', made.password ?? '')).isAdministrator).toBe(true);
    expect((await auth.users.list()).map(({ name }) => name)).toEqual(['ada', 'bob']);
    expect(await auth.users.get('bob')).toEqual(made.user);
  });

  it('never show a hash', async () => {
    await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(JSON.stringify(await auth.users.list())).not.toContain('argon2');
  });

  it('have names that can be typed and are not taken', async () => {
    await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(await outcome(auth.users.create({ name: 'ada', password: PASSWORD }))).toBeInstanceOf(AccountTakenError);
    for (const name of ['', 'a:b', 'a b', '-x', '$HOME', 'a/b', 'anonymous', 'everybody', 'x'.repeat(129)]) {
      expect(await outcome(auth.users.create({ name, password: PASSWORD }))).toBeInstanceOf(AccountInvalidError);
    }
    for (const name of ['a', 'Ada.Lovelace', 'ada+ci@example.org', '4_2']) {
      await auth.users.create({ name, password: PASSWORD });
    }
  });

  it('have passwords of some length', async () => {
    expect(await outcome(auth.users.create({ name: 'ada', password: 'short' }))).toBeInstanceOf(PasswordRefusedError);
    await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(await outcome(auth.users.changePassword('ada', ''))).toBeInstanceOf(PasswordRefusedError);
  });

  it('may get a new password that is made for them', async () => {
    await auth.users.create({ name: 'ada', password: PASSWORD });
    const { password = '' } = await auth.users.changePassword('ada');
    expect((await auth.login('ada', password)).principal.name).toBe('ada');
  });

  it('that are unknown cannot be changed', async () => {
    for (const change of [
      () => auth.users.get('ada'),
      () => auth.users.changePassword('ada', PASSWORD),
      () => auth.users.setAdministrator('ada', true),
      () => auth.users.remove('ada'),
    ]) {
      expect(await outcome(change())).toBeInstanceOf(AccountUnknownError);
    }
  });

  it('always have an administrator among them, once there is one', async () => {
    await auth.users.create({ name: 'ada', password: PASSWORD, isAdministrator: true });
    expect(await outcome(auth.users.remove('ada'))).toBeInstanceOf(AccountProtectedError);
    expect(await outcome(auth.users.setAdministrator('ada', false))).toBeInstanceOf(AccountProtectedError);
    await auth.users.create({ name: 'bob', password: PASSWORD, isAdministrator: true });
    await auth.users.remove('ada');
    expect((await auth.users.list()).map(({ name }) => name)).toEqual(['bob']);
  });

  it('take their tokens and grants with them', async () => {
    await auth.users.create({ name: 'ada', password: PASSWORD });
    await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    await auth.grants.add('token:laptop', { pattern: 'team/**', actions: ['pull'] });
    await auth.users.remove('ada');
    expect(await auth.tokens.list()).toEqual([]);
    expect(await auth.grants.list()).toEqual([]);
  });
});
