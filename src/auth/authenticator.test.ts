import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openTestAuth, type TestAuth } from '../../test/support/auth.ts';
import { RateLimitedError } from '../oci/errors.ts';
import { basicAuthorization } from './credentials/credential.ts';
import { CredentialsRefusedError } from './credentials/refusal.ts';
import { isTestDatabaseOurs } from '../../test/support/test-database.ts';

const PASSWORD = 'correct horse';
const HOME = '192.0.2.1';
const CLIENT = { source: HOME };
const REFUSED = expect.any(CredentialsRefusedError);

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
  await auth.users.create({ name: 'ada', password: PASSWORD });
});

afterEach(() => auth.dispose());

function outcome<Result>(promise: Promise<Result>): Promise<Result | Error> {
  return promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

function outcomeOfLogin(name: string, password: string, source = HOME): Promise<unknown> {
  return outcome(auth.login(name, password, source));
}

describe('whoever shows nothing', () => {
  it('is anonymous, and may do what everybody may', async () => {
    expect((await auth.identify(null)).allows('pull', 'public/app')).toBe(false);
    await auth.grants.add('everybody', { pattern: 'public/**', actions: ['pull'] });
    const identity = await auth.identify(null);
    expect(identity).toMatchObject({ principal: { kind: 'anonymous', id: 'anonymous', name: '' }, scheme: 'none' });
    expect(identity.allows('pull', 'public/app')).toBe(true);
    expect(identity.allows('push', 'public/app')).toBe(false);
    expect(identity.canListCatalog).toBe(true);
  });

  it.if(isTestDatabaseOurs)('is answered at once', () => {
    expect(auth.authenticator.identify(null, CLIENT)).not.toBeInstanceOf(Promise);
  });
});

describe('a name and a password', () => {
  it('give the identity of the user', async () => {
    const { id } = await auth.users.get('ada');
    const identity = await auth.login('ada', PASSWORD);
    expect(identity).toMatchObject({ principal: { kind: 'user', id, name: 'ada' }, scheme: 'basic' });
    expect(identity.isAdministrator).toBe(false);
  });

  it.if(isTestDatabaseOurs)('are answered at once while they are remembered', async () => {
    const authorization = basicAuthorization('ada', PASSWORD);
    const first = await auth.identify(authorization);
    expect(auth.authenticator.identify(authorization, CLIENT)).toBe(first);
    auth.clock.advance(299);
    expect(auth.authenticator.identify(authorization, CLIENT)).toBe(first);
    auth.clock.advance(1);
    expect(auth.authenticator.identify(authorization, CLIENT)).toBeInstanceOf(Promise);
    expect((await auth.identify(authorization)).principal.name).toBe('ada');
  });

  it('are refused alike when the user is unknown and when the password is wrong', async () => {
    const unknown = await outcomeOfLogin('nobody', PASSWORD);
    expect(unknown).toEqual(REFUSED);
    expect(await outcomeOfLogin('ada', 'wrong password')).toEqual(unknown);
    expect(auth.failures.map(({ account }) => account)).toEqual(['nobody', 'ada']);
  });

  it('are refused in any form that cannot be read', () => {
    for (const header of ['', 'Basic', 'Basic !!!', 'Basic YWRh', 'Digest x', 'Bearer', 'Bearer ']) {
      expect(() => auth.authenticator.identify(header, CLIENT)).toThrow(CredentialsRefusedError);
    }
  });

  it('are checked once for all who come with them at the same time', async () => {
    const narrow = await auth.reopen({ passwordChecks: 1, waitingLogins: 0 });
    auth = narrow;
    const logins = await Promise.all(Array.from({ length: 50 }, () => narrow.login('ada', PASSWORD)));
    expect(new Set(logins).size).toBe(1);
  });

  it('are always checked when nothing is to be remembered', async () => {
    auth = await auth.reopen({ rememberSeconds: 0 });
    await auth.login('ada', PASSWORD);
    expect(auth.authenticator.identify(basicAuthorization('ada', PASSWORD), CLIENT)).toBeInstanceOf(Promise);
    await auth.login('ada', PASSWORD);
  });
});

describe('a change holds for the next request', () => {
  it('of a password', async () => {
    await auth.login('ada', PASSWORD);
    await auth.users.changePassword('ada', 'another password');
    expect(await outcomeOfLogin('ada', PASSWORD)).toEqual(REFUSED);
    expect((await auth.login('ada', 'another password')).principal.name).toBe('ada');
  });

  it('of a password that was wrong a moment ago', async () => {
    expect(await outcomeOfLogin('ada', 'another password')).toEqual(REFUSED);
    await auth.users.changePassword('ada', 'another password');
    expect((await auth.login('ada', 'another password')).principal.name).toBe('ada');
  });

  it('of a password, even when it comes during a check', async () => {
    const during = outcomeOfLogin('ada', PASSWORD);
    await auth.users.changePassword('ada', 'another password');
    await during;
    expect(await outcomeOfLogin('ada', PASSWORD)).toEqual(REFUSED);
  });

  it('of grants, without the password being checked again', async () => {
    await auth.login('ada', PASSWORD);
    const grant = await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    expect((await auth.login('ada', PASSWORD)).allows('pull', 'team/app')).toBe(true);
    await auth.grants.remove(grant.id);
    expect((await auth.login('ada', PASSWORD)).allows('pull', 'team/app')).toBe(false);
  });

  it('of grants to whoever is authenticated', async () => {
    await auth.login('ada', PASSWORD);
    await auth.grants.add('authenticated', { pattern: 'shared/**', actions: ['pull', 'push'] });
    expect((await auth.login('ada', PASSWORD)).allows('push', 'shared/app')).toBe(true);
    expect((await auth.identify(null)).allows('pull', 'shared/app')).toBe(false);
  });

  it('of the role', async () => {
    await auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
    await auth.users.setAdministrator('ada', true);
    expect((await auth.login('ada', PASSWORD)).isAdministrator).toBe(true);
    await auth.users.setAdministrator('ada', false);
    expect((await auth.login('ada', PASSWORD)).isAdministrator).toBe(false);
  });

  it('of users: one of the same name is another one', async () => {
    await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    const before = await auth.login('ada', PASSWORD);
    await auth.users.remove('ada');
    expect(await outcomeOfLogin('ada', PASSWORD)).toEqual(REFUSED);
    await auth.users.create({ name: 'ada', password: PASSWORD });
    const after = await auth.login('ada', PASSWORD);
    expect(after.principal.id).not.toBe(before.principal.id);
    expect(after.allows('pull', 'team/app')).toBe(false);
  });
});

describe('a token', () => {
  it('is a password for any name, and a bearer token by itself', async () => {
    const { token, secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    for (const header of [basicAuthorization('laptop', secret), basicAuthorization('x', secret), `Bearer ${secret}`]) {
      const identity = await auth.identify(header);
      expect(identity.principal).toEqual({ kind: 'token', id: token.id, name: 'laptop' });
      expect(identity.allows('pull', 'team/app')).toBe(true);
      expect(identity.isDelegated).toBe(false);
    }
  });

  it('that is revoked is refused at once', async () => {
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.identify(`Bearer ${secret}`);
    await auth.tokens.revoke('laptop');
    expect(await outcome(auth.identify(`Bearer ${secret}`))).toEqual(REFUSED);
    expect(auth.failures).toMatchObject([{ kind: 'token', source: HOME }]);
  });

  it('ends on the second, remembered or not', async () => {
    const expiresAt = new Date(auth.clock.now().getTime() + 60_000);
    const { secret } = await auth.tokens.create({ name: 'short', owner: 'ada', expiresAt });
    auth.clock.advance(59);
    await auth.identify(`Bearer ${secret}`);
    auth.clock.advance(1);
    expect(await outcome(auth.identify(`Bearer ${secret}`))).toEqual(REFUSED);
  });

  it('goes with its owner', async () => {
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.identify(`Bearer ${secret}`);
    await auth.users.remove('ada');
    await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(await outcome(auth.identify(`Bearer ${secret}`))).toEqual(REFUSED);
  });

  it('outlives a change of the password', async () => {
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.users.changePassword('ada', 'another password');
    expect((await auth.identify(`Bearer ${secret}`)).principal.name).toBe('laptop');
  });

  it('of an administrator is one, unless it has a scope', async () => {
    await auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
    const whole = await auth.tokens.create({ name: 'whole', owner: 'root' });
    const scope = [{ pattern: 'team/**', actions: ['pull', 'push'] as const }];
    const scoped = await auth.tokens.create({ name: 'scoped', owner: 'root', scope });
    expect((await auth.identify(`Bearer ${whole.secret}`)).isAdministrator).toBe(true);
    const identity = await auth.identify(`Bearer ${scoped.secret}`);
    expect(identity.isAdministrator).toBe(false);
    expect(identity.allows('push', 'team/app')).toBe(true);
    expect(identity.allows('delete', 'team/app')).toBe(false);
    expect(identity.allows('pull', 'other')).toBe(false);
  });

  it('with a scope has only what its owner has too', async () => {
    await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    const scope = [{ pattern: 'team/app', actions: ['pull', 'push'] as const }];
    const { secret } = await auth.tokens.create({ name: 'ci', owner: 'ada', scope });
    const identity = await auth.identify(`Bearer ${secret}`);
    expect(identity.allows('pull', 'team/app')).toBe(true);
    expect(identity.allows('push', 'team/app')).toBe(false);
    expect(identity.allows('pull', 'team/other')).toBe(false);
  });

  it('without an owner has its scope, its own grants, and what everybody may', async () => {
    await auth.grants.add('everybody', { pattern: 'public/**', actions: ['pull'] });
    await auth.grants.add('authenticated', { pattern: 'shared/**', actions: ['pull'] });
    const scope = [{ pattern: 'team/**', actions: ['pull'] as const }];
    const { secret } = await auth.tokens.create({ name: 'robot', scope });
    await auth.grants.add('token:robot', { pattern: 'extra/app', actions: ['push'] });
    const identity = await auth.identify(`Bearer ${secret}`);
    expect(identity.allows('pull', 'team/app')).toBe(true);
    expect(identity.allows('push', 'extra/app')).toBe(true);
    expect(identity.allows('pull', 'public/app')).toBe(true);
    expect(identity.allows('pull', 'shared/app')).toBe(false);
    expect(identity.allows('push', 'team/app')).toBe(false);
  });

  it('without owner or scope has what whoever is authenticated has', async () => {
    await auth.grants.add('authenticated', { pattern: 'shared/**', actions: ['pull'] });
    const { secret } = await auth.tokens.create({ name: 'robot' });
    const identity = await auth.identify(`Bearer ${secret}`);
    expect(identity.allows('pull', 'shared/app')).toBe(true);
    expect(identity.allows('pull', 'team/app')).toBe(false);
    expect(identity.isAdministrator).toBe(false);
  });

  it('shows when it was last used, though not every use is written', async () => {
    const { secret } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    await auth.identify(`Bearer ${secret}`);
    auth.clock.advance(10);
    await auth.identify(`Bearer ${secret}`);
    expect(await auth.tokens.list()).toMatchObject([{ name: 'laptop', lastUsedAt: auth.clock.now() }]);
  });
});

describe('whoever guesses', () => {
  it('has to wait, from that source and for that account', async () => {
    for (let time = 0; time < 6; time++) await outcomeOfLogin('ada', `guess number ${time}`);
    expect(await outcomeOfLogin('ada', 'the next guess')).toBeInstanceOf(RateLimitedError);
    expect((await auth.login('ada', PASSWORD, '203.0.113.9')).principal.name).toBe('ada');
    expect(auth.failures.at(-1)).toMatchObject({ account: 'ada', source: HOME, failures: 5, waitSeconds: 1 });
  });

  it('cannot shut out credentials that were right before, even from the same address', async () => {
    await auth.login('ada', PASSWORD);
    for (let time = 0; time < 20; time++) await outcomeOfLogin('ada', `guess number ${time}`);
    expect((await auth.login('ada', PASSWORD)).principal.name).toBe('ada');
    auth.clock.advance(301);
    for (let time = 0; time < 20; time++) await outcomeOfLogin('ada', `other guess ${time}`);
    expect((await auth.login('ada', PASSWORD)).principal.name).toBe('ada');
  });

  it('has to wait when the same wrong password comes again and again, and nobody else has', async () => {
    const outcomes: unknown[] = [];
    for (let time = 0; time < 20; time++) outcomes.push(await outcomeOfLogin('ada', 'an old password'));
    expect(outcomes[0]).toEqual(REFUSED);
    expect(outcomes.at(-1)).toBeInstanceOf(RateLimitedError);
    expect((await auth.login('ada', PASSWORD)).principal.name).toBe('ada');
    expect(auth.failures).toHaveLength(1);
  });
});

describe('the challenge', () => {
  const request = { secure: true, host: 'registry.example:5000' };

  it('asks for a name and a password as long as nothing is for everybody', async () => {
    expect(auth.authenticator.challengeFor(request)).toBe('Basic realm="Registry"');
    const grant = await auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    expect(
      auth.authenticator.challengeFor({ ...request, scope: 'repository:a:pull', error: 'insufficient_scope' }),
    ).toBe(
      'Bearer realm="https://registry.example:5000/token",service="havre",scope="repository:a:pull",error="insufficient_scope"',
    );
    await auth.grants.remove(grant.id);
    expect(auth.authenticator.challengeFor(request)).toStartWith('Basic ');
  });

  it('is the one that was chosen', async () => {
    const tokenUrl = 'https://auth.example/token';
    auth = await auth.reopen({ challenge: { scheme: 'bearer', tokenUrl }, service: 'registry.example' });
    expect(auth.authenticator.challengeFor({ secure: false, host: 'a' })).toBe(
      'Bearer realm="https://auth.example/token",service="registry.example"',
    );
    auth = await auth.reopen({ challenge: { scheme: 'basic', realm: 'Ours' } });
    await auth.grants.add('anonymous', { pattern: '**', actions: ['pull'] });
    expect(auth.authenticator.challengeFor(request)).toBe('Basic realm="Ours"');
  });
});
