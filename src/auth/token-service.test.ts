import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { decodeJwt } from 'jose';
import { openTestAuth, type TestAuth } from '../../test/support/auth.ts';
import { basicAuthorization } from './credentials/credential.ts';
import { CredentialsRefusedError } from './credentials/refusal.ts';
import type { Identity } from './identity.ts';
import type { TokenAnswer, TokenReply } from './token-service.ts';

const PASSWORD = 'correct horse';
const ADA = basicAuthorization('ada', PASSWORD);
const SOURCE = '192.0.2.1';

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
  await auth.users.create({ name: 'ada', password: PASSWORD });
  await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull', 'push'] });
  await auth.grants.add('everybody', { pattern: 'public/**', actions: ['pull'] });
});

afterEach(() => auth.dispose());

function replyOf(answer: TokenAnswer): TokenReply {
  if (answer.status !== 200) throw new Error(answer.body.error_description);
  return answer.body;
}

async function get(query: string, authorization: string | null = ADA): Promise<TokenReply> {
  return replyOf(await auth.tokenService.get(new URLSearchParams(query), authorization, SOURCE));
}

async function post(form: Record<string, string>): Promise<TokenReply> {
  return replyOf(await auth.tokenService.post(new URLSearchParams(form), SOURCE));
}

function bearer(reply: TokenReply): Promise<Identity> {
  return auth.identify(`Bearer ${reply.token}`);
}

async function expectRefused(outcome: Promise<unknown>): Promise<void> {
  expect(await outcome.catch((error: unknown) => error)).toBeInstanceOf(CredentialsRefusedError);
}

describe('GET /token', () => {
  it('answers as the protocol says', async () => {
    const reply = await get('service=havre&scope=repository:team/app:pull,push&account=ada');
    expect(reply).toEqual({
      token: expect.any(String),
      access_token: reply.token,
      token_type: 'Bearer',
      expires_in: 300,
      issued_at: '2026-11-20T10:00:00.000Z',
      scope: 'repository:team/app:pull,push',
    });
    const identity = await bearer(reply);
    expect(identity.principal.name).toBe('ada');
    expect(identity.allows('push', 'team/app')).toBe(true);
    expect(identity.allows('pull', 'team/other')).toBe(false);
    expect(identity.isDelegated).toBe(true);
  });

  it('gives less than was asked for rather than nothing', async () => {
    const reply = await get('scope=repository:team/app:pull,push,delete&scope=repository:other:pull x:y:z');
    expect(reply.scope).toBe('repository:team/app:pull,push');
  });

  it('reads scopes repeated, and separated by spaces', async () => {
    const reply = await get('scope=repository:team/a:pull+repository:team/b:pull&scope=repository:team/c:push');
    expect(reply.scope).toBe('repository:team/a:pull repository:team/b:pull repository:team/c:push');
  });

  it('without a scope is a login: the token opens /v2/ and nothing else', async () => {
    const identity = await bearer(await get('service=havre&account=ada&client_id=docker&offline_token=true'));
    expect(identity.principal.name).toBe('ada');
    expect(identity.allows('pull', 'team/app')).toBe(false);
  });

  it('without credentials gives nobody what everybody may', async () => {
    const reply = await get('scope=repository:public/app:pull,push repository:team/app:pull&offline_token=true', null);
    expect(reply.scope).toBe('repository:public/app:pull');
    expect(reply.refresh_token).toBeUndefined();
    expect(decodeJwt(reply.token).sub).toBe('');
    const identity = await bearer(reply);
    expect(identity.principal.kind).toBe('anonymous');
    expect(identity.allows('pull', 'public/app')).toBe(true);
    expect(identity.allows('push', 'public/app')).toBe(false);
  });

  it('refuses wrong credentials', async () => {
    await expectRefused(get('scope=repository:public/app:pull', basicAuthorization('ada', 'wrong')));
  });

  it('takes a token of ours as a password', async () => {
    const { token, secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    const reply = await get('scope=repository:team/app:pull', basicAuthorization('laptop', secret));
    expect((await bearer(reply)).principal.id).toBe(token.id);
    await auth.tokens.revoke('laptop');
    await expectRefused(bearer(reply));
  });

  it('does not take a bearer token of its own: it would never end', async () => {
    const { token } = await get('');
    await expectRefused(get('', `Bearer ${token}`));
  });

  it('gives the catalog', async () => {
    const identity = await bearer(await get('scope=registry:catalog:*'));
    expect(identity.canListCatalog).toBe(true);
    expect(identity.mayList('team/app')).toBe(true);
    expect(identity.mayList('secret/app')).toBe(false);
    expect((await bearer(await get(''))).canListCatalog).toBe(false);
  });
});

describe('what a bearer token allows', () => {
  it('is what its account may do now, up to what it names', async () => {
    const reply = await get('scope=repository:team/app:pull,push');
    await bearer(reply);
    await auth.grants.removeFrom('ada', 'team/**');
    expect((await bearer(reply)).allows('pull', 'team/app')).toBe(false);
    await auth.grants.add('ada', { pattern: 'team/app', actions: ['pull', 'delete'] });
    const identity = await bearer(reply);
    expect(identity.allows('pull', 'team/app')).toBe(true);
    expect(identity.allows('push', 'team/app')).toBe(false);
    expect(identity.allows('delete', 'team/app')).toBe(false);
  });

  it('is nothing once the password is another, or the user', async () => {
    const first = await get('scope=repository:team/app:pull');
    await auth.users.changePassword('ada', PASSWORD);
    await expectRefused(bearer(first));
    const second = await get('scope=repository:team/app:pull');
    await auth.users.remove('ada');
    await auth.users.create({ name: 'ada', password: PASSWORD, isAdministrator: true });
    await expectRefused(bearer(second));
  });

  it('is not administration, whoever asked', async () => {
    await auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
    const identity = await bearer(await get('scope=repository:any/app:*', basicAuthorization('root', PASSWORD)));
    expect(identity.isAdministrator).toBe(false);
    expect(identity.allows('delete', 'any/app')).toBe(true);
    expect(identity.allows('pull', 'other/app')).toBe(false);
  });

  it('ends with it, remembered or not', async () => {
    const reply = await get('scope=repository:team/app:pull');
    await bearer(reply);
    auth.clock.advance(300);
    await expectRefused(bearer(reply));
  });

  it('goes on for an upload that began in time, marked as expired, and for a day at most', async () => {
    const reply = await get('scope=repository:team/app:push');
    await bearer(reply);
    auth.clock.advance(3600);
    const late = (seconds: number): Promise<Identity> =>
      auth.identify(`Bearer ${reply.token}`, { acceptExpiredSeconds: seconds });
    const identity = await late(7200);
    expect(identity.expired).toBe(true);
    expect(identity.allows('push', 'team/app')).toBe(true);
    await expectRefused(bearer(reply));
    auth.clock.advance(86_400);
    await expectRefused(late(1_000_000));
  });

  it('goes on with an upload only as long as its account may push', async () => {
    const reply = await get('scope=repository:team/app:push');
    auth.clock.advance(3600);
    await auth.grants.removeFrom('ada', 'team/**');
    const late = { acceptExpiredSeconds: 7200 };
    expect((await auth.identify(`Bearer ${reply.token}`, late)).allows('push', 'team/app')).toBe(false);
    await auth.users.remove('ada');
    await expectRefused(auth.identify(`Bearer ${reply.token}`, late));
  });

  it('goes on after a rotation of the keys, and ends with the next', async () => {
    const reply = await get('scope=repository:team/app:pull');
    await bearer(reply);
    await auth.rotateKeys();
    expect((await bearer(reply)).allows('pull', 'team/app')).toBe(true);
    await auth.rotateKeys();
    await expectRefused(bearer(reply));
  });
});

describe('POST /token', () => {
  it('takes name and password', async () => {
    const scope = 'repository:team/app:pull,push';
    const reply = await post({ grant_type: 'password', username: 'ada', password: PASSWORD, scope, service: 'havre' });
    expect(reply).toMatchObject({ scope, expires_in: 300, issued_at: '2026-11-20T10:00:00.000Z' });
    expect(reply.refresh_token).toBeUndefined();
    expect((await bearer(reply)).allows('push', 'team/app')).toBe(true);
    await expectRefused(post({ grant_type: 'password', username: 'ada', password: 'wrong' }));
  });

  it('renews with a refresh token, without the password', async () => {
    const login = await get('account=ada&offline_token=true');
    const refreshToken = login.refresh_token ?? '';
    auth.clock.advance(86_400);
    const scope = 'repository:team/app:pull';
    const reply = await post({ grant_type: 'refresh_token', refresh_token: refreshToken, scope });
    expect(reply.refresh_token).toBe(refreshToken);
    expect((await bearer(reply)).allows('pull', 'team/app')).toBe(true);
  });

  it('gives a refresh token for offline access', async () => {
    const reply = await post({ grant_type: 'password', username: 'ada', password: PASSWORD, access_type: 'offline' });
    expect(reply.refresh_token).toBeString();
  });

  it('refuses a refresh token whose password, token or user is gone', async () => {
    const refresh = async (login: TokenReply): Promise<TokenReply> =>
      post({ grant_type: 'refresh_token', refresh_token: login.refresh_token ?? '' });
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    const byToken = await get('offline_token=true', `Bearer ${secret}`);
    const byPassword = await get('offline_token=true');
    await refresh(byToken);
    await refresh(byPassword);
    await auth.users.changePassword('ada', 'another password');
    await expectRefused(refresh(byPassword));
    await refresh(byToken);
    await auth.tokens.revoke('laptop');
    await expectRefused(refresh(byToken));
    await expectRefused(post({ grant_type: 'refresh_token', refresh_token: byPassword.token }));
  });

  it('does not take a refresh token for a bearer token', async () => {
    const { refresh_token: refreshToken } = await get('offline_token=true');
    await expectRefused(auth.identify(`Bearer ${refreshToken}`));
  });

  it('says what is wrong with a form', async () => {
    const answer = (form: Record<string, string>): Promise<TokenAnswer> =>
      auth.tokenService.post(new URLSearchParams(form), SOURCE);
    expect(await answer({})).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    expect(await answer({ grant_type: 'client_credentials' })).toMatchObject({ status: 400 });
    expect(await answer({ grant_type: 'password', username: 'ada' })).toMatchObject({
      body: { error: 'invalid_request' },
    });
    expect(await answer({ grant_type: 'refresh_token' })).toMatchObject({ body: { error: 'invalid_request' } });
  });
});
