import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { PatternInvalidError } from '../../oci/repository-pattern.ts';
import { AccountInvalidError, AccountUnknownError } from './account-errors.ts';

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
  await auth.users.create({ name: 'ada', password: 'correct horse' });
  await auth.tokens.create({ name: 'ci' });
});

afterEach(() => auth.dispose());

const PULL = { pattern: 'team/**', actions: ['pull'] } as const;

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

describe('grants', () => {
  it('are given to users, tokens, names of the htpasswd file, and to everybody', async () => {
    const user = await auth.users.get('ada');
    const principals = ['ada', 'token:ci', 'htpasswd:bob', 'authenticated', 'everybody'];
    for (const principal of principals) await auth.grants.add(principal, PULL);
    expect((await auth.grants.list()).map(({ principal }) => principal)).toEqual([
      { kind: 'user', id: user.id, name: 'ada' },
      { kind: 'token', id: expect.stringMatching(/^token:/), name: 'ci' },
      { kind: 'htpasswd', id: 'htpasswd:bob', name: 'bob' },
      { kind: 'authenticated', id: 'authenticated', name: 'authenticated' },
      { kind: 'anonymous', id: 'anonymous', name: 'anonymous' },
    ]);
    for (const id of [user.id, 'user:ada', 'anonymous']) await auth.grants.add(id, PULL);
    expect(await auth.grants.list()).toHaveLength(5);
  });

  it('of the same pattern add up', async () => {
    const first = await auth.grants.add('ada', PULL);
    const second = await auth.grants.add('ada', { pattern: 'team/**', actions: ['delete', 'pull'] });
    expect(second).toEqual({ ...first, actions: ['pull', 'delete'] });
  });

  it('are removed by id, or by principal and pattern', async () => {
    const { id } = await auth.grants.add('ada', PULL);
    await auth.grants.remove(id);
    expect(await outcome(auth.grants.remove(id))).toBeInstanceOf(AccountUnknownError);
    await auth.grants.add('ada', PULL);
    expect(await outcome(auth.grants.removeFrom('ada', 'team/*'))).toBeInstanceOf(AccountUnknownError);
    await auth.grants.removeFrom('ada', 'team/**');
    expect(await auth.grants.list()).toEqual([]);
  });

  it('are refused when they make no sense', async () => {
    expect(await outcome(auth.grants.add('nobody', PULL))).toBeInstanceOf(AccountUnknownError);
    expect(await outcome(auth.grants.add('token:nothing', PULL))).toBeInstanceOf(AccountUnknownError);
    expect(await outcome(auth.grants.add('htpasswd:', PULL))).toBeInstanceOf(AccountUnknownError);
    expect(await outcome(auth.grants.add('ada', { ...PULL, actions: [] }))).toBeInstanceOf(AccountInvalidError);
    expect(await outcome(auth.grants.add('ada', { ...PULL, pattern: 'a//b' }))).toBeInstanceOf(PatternInvalidError);
    const admin = { pattern: '**', actions: ['admin'] } as const;
    expect(await outcome(auth.grants.add('everybody', admin))).toBeInstanceOf(AccountInvalidError);
    expect(await auth.grants.list()).toEqual([]);
  });

  it('tell whoever listens, before they are acknowledged', async () => {
    const told: string[] = [];
    auth.changes.listen(({ of }) => void told.push(of));
    await auth.grants.add('ada', PULL);
    expect(told).toEqual(['grants']);
  });
});
