import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { sqlRows } from '../../../test/support/sql-rows.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import { openAuth } from '../open.ts';
import { sweepSessions } from './sweep.ts';

const PASSWORD = 'a long enough password';
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

let auth: TestAuth;

beforeEach(async () => {
  auth = await openTestAuth();
  await auth.users.create({ name: 'ada', password: PASSWORD });
});

afterEach(() => auth.dispose());

/** @returns the secret. */
async function begin(username = 'ada', password = PASSWORD): Promise<string> {
  return (await auth.sessions.begin({ username, password }, SOMEBODY)).secret;
}

async function nameOf(secret: string): Promise<string | undefined> {
  return (await auth.sessions.identify(secret))?.principal.name;
}

/** Uses it every hour, for so long. */
async function useHourly(secret: string, seconds: number): Promise<void> {
  for (let at = 0; at < seconds; at += HOUR) {
    auth.clock.advance(HOUR);
    await auth.sessions.identify(secret);
  }
}

describe('a session', () => {
  it('is whoever logged in, as they are now', async () => {
    const secret = await begin();
    expect(await auth.sessions.identify(secret)).toMatchObject({ scheme: 'session', isDelegated: false });
    await auth.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    expect((await auth.sessions.identify(secret))?.allows('pull', 'team/app')).toBe(true);
    expect((await auth.sessions.identify(secret))?.isAdministrator).toBe(false);
    await auth.users.setAdministrator('ada', true);
    expect((await auth.sessions.identify(secret))?.isAdministrator).toBe(true);
  });

  it('outlives a restart', async () => {
    const secret = await begin();
    auth = await auth.reopen();
    expect(await nameOf(secret)).toBe('ada');
  });

  it('ends when it was not used for a day', async () => {
    const secret = await begin();
    auth.clock.advance(DAY - 1);
    expect(await nameOf(secret)).toBe('ada');
    auth.clock.advance(DAY - 1);
    expect(await nameOf(secret)).toBe('ada');
    auth.clock.advance(DAY);
    expect(await nameOf(secret)).toBeUndefined();
  });

  it('ends after a week, however much it is used', async () => {
    const secret = await begin();
    await useHourly(secret, 7 * DAY - HOUR);
    expect(await nameOf(secret)).toBe('ada');
    auth.clock.advance(HOUR);
    expect(await nameOf(secret)).toBeUndefined();
  });

  it('ends when the configuration says so', async () => {
    auth = await auth.reopen({ sessionSeconds: 2 * HOUR, sessionIdleSeconds: HOUR });
    const [used, idle] = [await begin(), await begin()];
    auth.clock.advance(HOUR - 1);
    expect(await nameOf(used)).toBe('ada');
    auth.clock.advance(HOUR - 1);
    expect([await nameOf(used), await nameOf(idle)]).toEqual(['ada', undefined]);
    auth.clock.advance(2);
    expect(await nameOf(used)).toBeUndefined();
  });

  it('ends with the password, also when the same one is set again', async () => {
    const secret = await begin();
    await auth.users.changePassword('ada', PASSWORD);
    expect(await nameOf(secret)).toBeUndefined();
    expect(await sqlRows(auth.database, 'sessions')).toEqual([]);
  });

  it('ends with its user, and is not had by another one of that name', async () => {
    const secret = await begin();
    await auth.users.remove('ada');
    expect(await nameOf(secret)).toBeUndefined();
    await auth.users.create({ name: 'ada', password: PASSWORD });
    expect(await nameOf(secret)).toBeUndefined();
    expect(await sqlRows(auth.database, 'sessions')).toEqual([]);
  });

  it('ends with the token it was begun by: revoked, expired, or its user gone', async () => {
    const { tokens, clock } = auth;
    await auth.users.create({ name: 'bob', password: PASSWORD });
    const secretOf = async (name: string, more: object): Promise<string> =>
      begin('', (await tokens.create({ name, ...more })).secret);
    const revoked = await secretOf('revoked', { owner: 'ada' });
    const expired = await secretOf('expired', {
      owner: 'ada',
      expiresAt: new Date(clock.now().getTime() + HOUR * 1000),
    });
    const orphan = await secretOf('orphan', { owner: 'bob' });
    const still = await secretOf('still', { owner: 'ada' });
    await tokens.revoke('revoked');
    await auth.users.remove('bob');
    expect(await Promise.all([revoked, expired, orphan, still].map(nameOf))).toEqual([
      undefined,
      'expired',
      undefined,
      'still',
    ]);
    clock.advance(HOUR);
    expect([await nameOf(expired), await nameOf(still)]).toEqual([undefined, 'still']);
  });

  it('that was begun by a token of a user ends with all others of theirs, and the token goes on', async () => {
    await auth.users.create({ name: 'bob', password: PASSWORD });
    const { secret: ofAda } = await auth.tokens.create({ name: 'laptop', owner: 'ada' });
    const { secret: ofBob } = await auth.tokens.create({ name: 'desktop', owner: 'bob' });
    const { secret: ofNobody } = await auth.tokens.create({ name: 'robot' });
    const others = [await begin('', ofBob), await begin('', ofNobody), await begin('bob')];
    const ended = [await begin(), await begin('', ofAda)];
    expect(await auth.sessions.endAllOf('ada', SOMEBODY)).toBe(2);
    const begunAgain = await begin('', ofAda);
    await auth.users.changePassword('ada', 'another long password');
    expect(await Promise.all([...ended, begunAgain].map(nameOf))).toEqual([undefined, undefined, undefined]);
    expect(await Promise.all(others.map(nameOf))).toEqual(['desktop', 'robot', 'bob']);
    expect(await nameOf(await begin('', ofAda))).toBe('laptop');
  });

  it('ends with the line of the htpasswd file', async () => {
    const folder = temporaryFolder('sessions');
    const path = join(folder, 'htpasswd');
    const line = async (): Promise<string> =>
      `hugo:${await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 })}\n`;
    await Bun.write(path, await line());
    auth = await auth.reopen({ htpasswd: { path } });
    const secret = await begin('hugo');
    expect(await nameOf(secret)).toBe('hugo');
    await Bun.write(path, await line());
    await auth.reload();
    expect(await nameOf(secret)).toBeUndefined();
    removeFolder(folder);
  });

  it('is recorded by a hash of its secret', async () => {
    const secret = await begin();
    expect(JSON.stringify(await sqlRows(auth.database, 'sessions'))).not.toContain(secret);
    const [row] = await sqlRows(auth.database, 'sessions');
    expect(await nameOf(String(row?.['secret_hash']))).toBeUndefined();
    expect(await nameOf(String(row?.['id']))).toBeUndefined();
  });

  it('is not begun with what is no login', async () => {
    for (const [username, password] of [
      ['ada', 'a wrong password'],
      ['nobody', PASSWORD],
      ['', ''],
    ] as const) {
      const refused = await begin(username, password).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CredentialsRefusedError);
    }
    expect(auth.failures).toMatchObject([{ account: 'ada' }, { account: 'nobody' }, { account: '' }]);
  });
});

describe('when a session was last used', () => {
  const lastSeen = async (): Promise<string | undefined> => {
    const ada = await auth.login('ada', PASSWORD);
    return (await auth.sessions.list(ada))[0]?.lastSeenAt.toISOString();
  };

  it('is written down once a minute at most', async () => {
    const secret = await begin();
    auth.clock.advance(MINUTE - 1);
    await auth.sessions.identify(secret);
    expect(await lastSeen()).toBe('2026-11-20T10:00:00.000Z');
    auth.clock.advance(1);
    await auth.sessions.identify(secret);
    expect(await lastSeen()).toBe('2026-11-20T10:01:00.000Z');
  });

  it('is left as it is where nothing can be written, and whoever only looks may', async () => {
    const secret = await begin();
    auth.clock.advance(MINUTE);
    const readOnly = await openAuth({
      database: { ...auth.database, transaction: () => Promise.reject(new StorageUnavailableError()) },
      clock: auth.clock.now,
      onWarning: () => {},
      onFailure: () => {},
    });
    expect((await readOnly.sessions.identify(secret))?.principal.name).toBe('ada');
    expect(await lastSeen()).toBe('2026-11-20T10:00:00.000Z');
    await readOnly.close();
  });
});

describe('of one account', () => {
  it('there are fifty sessions at most: the one that was not used for longest gives way', async () => {
    const first = await begin();
    auth.clock.advance(MINUTE);
    const second = await begin();
    auth.clock.advance(MINUTE);
    for (let i = 2; i < 50; i += 1) await begin();
    expect(await nameOf(first)).toBe('ada');
    await auth.users.create({ name: 'bob', password: PASSWORD });
    const other = await begin('bob');
    auth.clock.advance(MINUTE);
    await begin();
    expect([await nameOf(first), await nameOf(second), await nameOf(other)]).toEqual(['ada', undefined, 'bob']);
    expect(await auth.sessions.list(await auth.login('ada', PASSWORD))).toHaveLength(50);
  });

  it('only those are listed that are alive', async () => {
    await begin();
    auth.clock.advance(DAY);
    await begin();
    const listed = await auth.sessions.list(await auth.login('ada', PASSWORD));
    expect(listed.map(({ createdAt }) => createdAt.toISOString())).toEqual(['2026-11-21T10:00:00.000Z']);
  });
});

it('what is left of sessions that ended by themselves is swept, and no other', async () => {
  const idle = await begin();
  const used = await begin();
  await useHourly(used, DAY);
  expect(await sweepSessions(auth.database, DAY, auth.clock.now())).toBe(1);
  expect([await nameOf(idle), await nameOf(used)]).toEqual([undefined, 'ada']);
  auth.clock.advance(7 * DAY);
  expect(await sweepSessions(auth.database, 30 * DAY, auth.clock.now())).toBe(1);
  expect(await sqlRows(auth.database, 'sessions')).toEqual([]);
});
