import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { rm } from 'node:fs/promises';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { StoppedClock } from '../../../test/support/auth.ts';
import { temporaryFolder } from '../../../test/support/folders.ts';
import type { Database } from '../../metadata/database.ts';
import type { Account } from '../account.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import { ANONYMOUS } from '../principal.ts';
import { NOTHING } from '../rights.ts';
import { grantAccess } from './access.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { SigningKeys } from './signing-keys.ts';
import { openTestDatabase } from '../../../test/support/test-database.ts';

const ADA: Account = {
  principal: { kind: 'user', id: 'user:1', name: 'ada' },
  generation: '7',
  isAdministrator: false,
  rights: NOTHING,
};
const ACCESS = [{ type: 'repository', name: 'team/app', actions: ['pull'] }];
const NOW_SECONDS = Date.parse('2026-11-20T10:00:00Z') / 1000;

let folder: string;
let database: Database;
let clock: StoppedClock;
let keys: SigningKeys;
let tokens: BearerTokens;

beforeEach(async () => {
  folder = temporaryFolder('bearer');
  database = await openTestDatabase(folder);
  clock = new StoppedClock();
  keys = await SigningKeys.open(database, clock.now);
  tokens = tokensFor('registry.example');
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

function tokensFor(service: string): BearerTokens {
  const [lifetimeSeconds, refreshSeconds] = [300, 3600];
  return new BearerTokens({ keys, clock: clock.now, issuer: 'havre', service, lifetimeSeconds, refreshSeconds });
}

async function expectRefused(verified: Promise<unknown>): Promise<void> {
  const outcome = await verified.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(CredentialsRefusedError);
  expect(outcome).toMatchObject({ status: 401, error: 'invalid_token' });
}

describe('a bearer token', () => {
  it('carries the claims of the token protocol, and the id that names are not', async () => {
    const { token, issuedAt, expiresInSeconds } = await tokens.issue(ADA, ACCESS);
    expect(issuedAt).toEqual(clock.now());
    expect(expiresInSeconds).toBe(300);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: keys.current.id });
    expect(decodeJwt(token)).toEqual({
      iss: 'havre',
      sub: 'ada',
      aud: 'registry.example',
      iat: NOW_SECONDS,
      nbf: NOW_SECONDS - 60,
      exp: NOW_SECONDS + 300,
      jti: expect.any(String),
      access: ACCESS,
      'havre:pid': 'user:1',
      'havre:gen': '7',
    });
  });

  it('of nobody has an empty subject', async () => {
    const { token } = await tokens.issue({ ...ADA, principal: ANONYMOUS }, []);
    expect(decodeJwt(token).sub).toBe('');
  });

  it('is read back', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    expect(await tokens.verify(token)).toEqual({
      principalId: 'user:1',
      generation: '7',
      access: ACCESS,
      expiresAt: new Date((NOW_SECONDS + 300) * 1000),
      isExpired: false,
    });
  });

  it('ends on the second, and is read a while longer on demand', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    clock.advance(299);
    expect(await tokens.verify(token)).toMatchObject({ isExpired: false });
    clock.advance(1);
    await expectRefused(tokens.verify(token));
    expect(await tokens.verify(token, 60)).toMatchObject({ isExpired: true, principalId: 'user:1' });
    clock.advance(59);
    expect(await tokens.verify(token, 60)).toMatchObject({ isExpired: true });
    clock.advance(1);
    await expectRefused(tokens.verify(token, 60));
  });

  it('stays good when the clock is set back a little', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    clock.advance(-60);
    expect(await tokens.verify(token)).toMatchObject({ isExpired: false });
    clock.advance(-1);
    await expectRefused(tokens.verify(token));
  });

  it('is no token when anything about it is not ours', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    const claims = decodeJwt(token);
    const [header = '', payload = ''] = token.split('.');
    const forged = (alg: string, kid: string | undefined, key: Uint8Array): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) }).sign(key);
    const { id, key } = keys.current;
    const other = crypto.getRandomValues(new Uint8Array(32));
    for (const wrong of [
      'not.a.token',
      `${token}x`,
      `${header}.${payload}.`,
      new UnsecuredJWT(claims).encode(),
      await forged('HS256', id, other),
      await forged('HS256', 'unknown', key),
      await forged('HS256', undefined, key),
      await forged('HS512', id, crypto.getRandomValues(new Uint8Array(64))),
      await forged('HS384', id, crypto.getRandomValues(new Uint8Array(48))),
      (await tokensFor('another.example').issue(ADA, ACCESS)).token,
    ]) {
      await expectRefused(tokens.verify(wrong));
      await expectRefused(tokens.verify(wrong, 86_400));
    }
  });

  it('is not taken for a refresh token, nor the other way round', async () => {
    const access = await tokens.issue(ADA, ACCESS);
    const refresh = await tokens.issueRefresh(ADA);
    expect(await tokens.verifyRefresh(refresh.token)).toMatchObject({ principalId: 'user:1', generation: '7' });
    await expectRefused(tokens.verify(refresh.token));
    await expectRefused(tokens.verifyRefresh(access.token));
    clock.advance(3600);
    await expectRefused(tokens.verifyRefresh(refresh.token));
  });

  it('fits into a header with the longest names and the most scopes', async () => {
    const name = 'é'.repeat(255);
    const scopes = Array.from({ length: 64 }, (_, index) => ({
      type: 'repository',
      name: `${'a'.repeat(200)}/${index}`,
      actions: ['pull', 'push'],
    }));
    const access = grantAccess(scopes, { allows: () => true, canListCatalog: true });
    const principal = { kind: 'user', id: `htpasswd:${name}`, name } as const;
    const { token } = await tokens.issue({ ...ADA, principal }, access);
    expect(`Authorization: Bearer ${token}`.length).toBeLessThan(8192);
  });
});

describe('signing keys', () => {
  it('stay the same from one start to the next', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    const again = await SigningKeys.open(database, clock.now);
    expect(again.current.id).toBe(keys.current.id);
    keys = again;
    expect(await tokensFor('registry.example').verify(token)).toMatchObject({ principalId: 'user:1' });
  });

  it('believe what the key before signed, and no older one', async () => {
    const { token } = await tokens.issue(ADA, ACCESS);
    await keys.rotate();
    expect(await tokens.verify(token)).toMatchObject({ principalId: 'user:1' });
    expect(decodeProtectedHeader((await tokens.issue(ADA, [])).token).kid).not.toBe(decodeProtectedHeader(token).kid);
    await keys.rotate();
    await expectRefused(tokens.verify(token));
  });
});
