import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { deleteGrant, deleteGrantsOf, listGrants, listGrantsOf, saveGrant } from './grants.ts';
import { deleteSecret, insertSecret, listSecrets } from './secrets.ts';
import {
  deleteTokensOf,
  findTokenByName,
  findTokenBySecretHash,
  insertToken,
  listTokens,
  listTokensOf,
  recordTokenUse,
  revokeToken,
} from './tokens.ts';
import {
  changePasswordHash,
  changeUserRoles,
  countAdministrators,
  countUsers,
  deleteUser,
  findUser,
  findUserByName,
  insertUser,
  listUsers,
} from './users.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const LATER = new Date('2026-11-20T11:00:00Z');
const ADA = { id: 'user:1', name: 'ada', passwordHash: 'hash', isAdministrator: true, isConfigured: false };
const ROBOT = { id: 'token:1', name: 'ci', secretHash: 'aa', ownerId: null, scope: null, expiresAt: null };

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havre-identity-'));
  db = await openTestDatabase(folder);
});

afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

describe('users', () => {
  it('are found by id and by their exact name', async () => {
    await db.transaction((tx) => insertUser(tx, ADA, NOW));
    const recorded = { ...ADA, generation: 1, createdAt: NOW };
    expect(await findUser(db, 'user:1')).toEqual(recorded);
    expect(await findUserByName(db, 'ada')).toEqual(recorded);
    expect(await findUserByName(db, 'Ada')).toBeUndefined();
  });

  it('have names of their own', async () => {
    await db.transaction((tx) => insertUser(tx, ADA, NOW));
    expect(await db.transaction((tx) => insertUser(tx, { ...ADA, id: 'user:2' }, NOW))).toBeUndefined();
    expect(await countUsers(db)).toBe(1);
  });

  it('begin a new generation with each password', async () => {
    await db.transaction((tx) => insertUser(tx, ADA, NOW));
    await db.transaction((tx) => changePasswordHash(tx, ADA.id, 'other'));
    expect(await findUser(db, ADA.id)).toMatchObject({ passwordHash: 'other', generation: 2 });
  });

  it('are listed by name and counted by role', async () => {
    await db.transaction((tx) => insertUser(tx, ADA, NOW));
    await db.transaction((tx) => insertUser(tx, { ...ADA, id: 'user:0', name: 'zoe', isAdministrator: false }, NOW));
    expect((await listUsers(db)).map(({ name }) => name)).toEqual(['ada', 'zoe']);
    expect(await countAdministrators(db)).toBe(1);
    await db.transaction((tx) => changeUserRoles(tx, 'user:0', { isAdministrator: true, isConfigured: true }));
    expect(await countAdministrators(db)).toBe(2);
    expect(await findUser(db, 'user:0')).toMatchObject({ isAdministrator: true, isConfigured: true });
  });

  it('are gone once deleted', async () => {
    await db.transaction((tx) => insertUser(tx, ADA, NOW));
    await db.transaction((tx) => deleteUser(tx, ADA.id));
    expect(await findUser(db, ADA.id)).toBeUndefined();
  });
});

describe('tokens', () => {
  it('are found by the hash of their secret, revoked or not', async () => {
    await db.transaction((tx) => insertToken(tx, { ...ROBOT, expiresAt: LATER }, NOW));
    expect(await findTokenBySecretHash(db, 'aa')).toMatchObject({ id: 'token:1', expiresAt: LATER, revokedAt: null });
    expect(await db.transaction((tx) => revokeToken(tx, 'token:1', LATER))).toBe(true);
    expect(await db.transaction((tx) => revokeToken(tx, 'token:1', LATER))).toBe(false);
    expect(await findTokenBySecretHash(db, 'aa')).toMatchObject({ revokedAt: LATER });
  });

  it('may take the name of a revoked one, not of another', async () => {
    const next = { ...ROBOT, id: 'token:2', secretHash: 'bb' };
    await db.transaction((tx) => insertToken(tx, ROBOT, NOW));
    expect(await db.transaction((tx) => insertToken(tx, next, NOW))).toBeUndefined();
    await db.transaction((tx) => revokeToken(tx, ROBOT.id, NOW));
    expect(await db.transaction((tx) => insertToken(tx, next, LATER))).toMatchObject({ id: 'token:2' });
    expect(await findTokenByName(db, 'ci')).toMatchObject({ id: 'token:2' });
    expect((await listTokens(db)).map(({ id }) => id)).toEqual(['token:1', 'token:2']);
  });

  it('remember when they were used', async () => {
    await db.transaction((tx) => insertToken(tx, ROBOT, NOW));
    await db.transaction((tx) => recordTokenUse(tx, ROBOT.id, LATER));
    expect(await findTokenByName(db, 'ci')).toMatchObject({ lastUsedAt: LATER });
  });

  it('go with their owner', async () => {
    await db.transaction((tx) => insertToken(tx, { ...ROBOT, ownerId: ADA.id }, NOW));
    await db.transaction((tx) => insertToken(tx, { ...ROBOT, id: 'token:2', name: 'other', secretHash: 'bb' }, NOW));
    expect((await listTokensOf(db, ADA.id)).map(({ id }) => id)).toEqual(['token:1']);
    expect(await db.transaction((tx) => deleteTokensOf(tx, ADA.id))).toEqual(['token:1']);
    expect((await listTokens(db)).map(({ id }) => id)).toEqual(['token:2']);
  });
});

describe('grants', () => {
  it('are found for several principals at once', async () => {
    await db.transaction(async (tx) => {
      await saveGrant(tx, { principalId: 'anonymous', pattern: 'public/**', actions: 'pull' }, NOW);
      await saveGrant(tx, { principalId: ADA.id, pattern: 'team/**', actions: 'pull,push' }, NOW);
      await saveGrant(tx, { principalId: 'user:2', pattern: '**', actions: 'pull' }, NOW);
    });
    const patterns = async (...ids: [string, string?, string?]): Promise<readonly string[]> =>
      (await listGrantsOf(db, ids)).map(({ pattern }) => pattern);
    expect(await patterns('anonymous')).toEqual(['public/**']);
    expect((await patterns('anonymous', 'authenticated', ADA.id)).toSorted()).toEqual(['public/**', 'team/**']);
  });

  it('are one for each principal and pattern', async () => {
    const grant = { principalId: ADA.id, pattern: 'team/**', actions: 'pull' };
    const first = await db.transaction((tx) => saveGrant(tx, grant, NOW));
    const second = await db.transaction((tx) => saveGrant(tx, { ...grant, actions: 'pull,push' }, LATER));
    expect(second).toEqual({ ...first, actions: 'pull,push' });
  });

  it('are listed with the name of the user or token', async () => {
    await db.transaction(async (tx) => {
      await insertUser(tx, ADA, NOW);
      await insertToken(tx, ROBOT, NOW);
      for (const principalId of [ADA.id, ROBOT.id, 'anonymous']) {
        await saveGrant(tx, { principalId, pattern: '**', actions: 'pull' }, NOW);
      }
    });
    expect((await listGrants(db)).map(({ principalName }) => principalName)).toEqual(['ada', 'ci', null]);
  });

  it('are removed one by one, or with their principal', async () => {
    const grant = await db.transaction((tx) =>
      saveGrant(tx, { principalId: ADA.id, pattern: 'a', actions: 'pull' }, NOW),
    );
    expect(await db.transaction((tx) => deleteGrant(tx, grant.id))).toEqual(grant);
    expect(await db.transaction((tx) => deleteGrant(tx, grant.id))).toBeUndefined();
    await db.transaction((tx) => saveGrant(tx, { principalId: ADA.id, pattern: 'a', actions: 'pull' }, NOW));
    await db.transaction((tx) => deleteGrantsOf(tx, ADA.id));
    expect(await listGrants(db)).toEqual([]);
  });
});

describe('secrets', () => {
  it('are listed by purpose, newest first', async () => {
    await db.transaction(async (tx) => {
      await insertSecret(tx, { id: 'a', purpose: 'signing', value: 'one' }, NOW);
      await insertSecret(tx, { id: 'b', purpose: 'signing', value: 'two' }, LATER);
      await insertSecret(tx, { id: 'c', purpose: 'other', value: 'three' }, LATER);
    });
    expect((await listSecrets(db, 'signing')).map(({ value }) => value)).toEqual(['two', 'one']);
    await db.transaction((tx) => deleteSecret(tx, 'a'));
    expect((await listSecrets(db, 'signing')).map(({ value }) => value)).toEqual(['two']);
  });
});
