import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { PatternInvalidError } from '../../oci/repository-pattern.ts';
import { AccountInvalidError, AccountTakenError, AccountUnknownError } from './account-errors.ts';

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
  await auth.users.create({ name: 'ada', password: 'correct horse' });
});

afterEach(() => auth.dispose());

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

describe('tokens', () => {
  it('show their secret once', async () => {
    const scope = [{ pattern: 'team/**', actions: ['pull', 'push'] as const }];
    const expiresAt = new Date(auth.clock.now().getTime() + 1000);
    const { token, secret } = await auth.tokens.create({ name: 'ci', owner: 'ada', scope, expiresAt });
    expect(secret).toMatch(/^havre_[A-Za-z0-9_-]{43}$/);
    expect(token).toEqual({
      id: expect.stringMatching(/^token:[0-9a-f-]{36}$/),
      name: 'ci',
      owner: { id: (await auth.users.get('ada')).id, name: 'ada' },
      scope,
      createdAt: auth.clock.now(),
      expiresAt,
    });
    expect(await auth.tokens.list()).toEqual([token]);
    expect(JSON.stringify(await auth.tokens.list())).not.toContain(secret);
  });

  it('without an owner are robots', async () => {
    const { token } = await auth.tokens.create({ name: 'robot' });
    expect(token.owner).toBeUndefined();
    expect(token.scope).toBeUndefined();
  });

  it('can be replaced under the same name', async () => {
    const first = await auth.tokens.create({ name: 'ci' });
    expect(await outcome(auth.tokens.create({ name: 'ci' }))).toBeInstanceOf(AccountTakenError);
    await auth.tokens.revoke('ci');
    const revokedAt = auth.clock.now();
    auth.clock.advance(1);
    const second = await auth.tokens.create({ name: 'ci' });
    expect(second.token.id).not.toBe(first.token.id);
    expect(await auth.tokens.list()).toMatchObject([{ revokedAt }, { id: second.token.id }]);
  });

  it('are revoked by name or id, with their grants', async () => {
    const { token } = await auth.tokens.create({ name: 'ci' });
    await auth.grants.add('token:ci', { pattern: '**', actions: ['pull'] });
    await auth.tokens.revoke(token.id);
    expect(await auth.grants.list()).toEqual([]);
    expect(await outcome(auth.tokens.revoke('ci'))).toBeInstanceOf(AccountUnknownError);
    await auth.tokens.revoke(token.id);
  });

  it('are refused when they make no sense', async () => {
    const create = (wrong: object): Promise<unknown> => outcome(auth.tokens.create({ name: 'ci', ...wrong }));
    expect(await create({ name: 'a b' })).toBeInstanceOf(AccountInvalidError);
    expect(await create({ owner: 'nobody' })).toBeInstanceOf(AccountUnknownError);
    expect(await create({ scope: [] })).toBeInstanceOf(AccountInvalidError);
    expect(await create({ scope: [{ pattern: 'team/**', actions: [] }] })).toBeInstanceOf(AccountInvalidError);
    expect(await create({ scope: [{ pattern: 'Team', actions: ['pull'] }] })).toBeInstanceOf(PatternInvalidError);
    expect(await create({ expiresAt: auth.clock.now() })).toBeInstanceOf(AccountInvalidError);
    expect(await auth.tokens.list()).toEqual([]);
  });

  it('remember their last use over a restart', async () => {
    const { secret } = await auth.tokens.create({ name: 'ci' });
    await auth.identify(`Bearer ${secret}`);
    auth = await auth.reopen();
    expect(await auth.tokens.list()).toMatchObject([{ name: 'ci', lastUsedAt: auth.clock.now() }]);
  });
});
