import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import type { Database } from './database.ts';
import {
  deleteSession,
  deleteSessionsOf,
  deleteStaleSessions,
  findSessionBySecretHash,
  insertSession,
  listSessionsOf,
  moveSession,
  recordSessionSeen,
} from './sessions.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const LATER = new Date('2026-11-20T11:00:00Z');
const END = new Date('2026-11-27T10:00:00Z');

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = temporaryFolder('sessions');
  db = await openTestDatabase(folder);
});

afterEach(async () => {
  await db.close();
  removeFolder(folder);
});

function sessionOf(id: string, principalId = 'user:1') {
  return { id, principalId, generation: '1', createdAt: NOW, expiresAt: END, source: '192.0.2.1', client: 'a browser' };
}

async function add(id: string, principalId?: string): Promise<void> {
  const session = sessionOf(id, principalId);
  await db.transaction((tx) => insertSession(tx, { ...session, secretHash: `hash of ${id}` }));
}

async function idsOf(principalId: string): Promise<readonly string[]> {
  return (await listSessionsOf(db, principalId)).map(({ id }) => id);
}

describe('sessions', () => {
  it('are found by the hash of their secret, and their secret by nothing', async () => {
    await add('a');
    expect(await findSessionBySecretHash(db, 'hash of a')).toEqual({ ...sessionOf('a'), lastSeenAt: NOW });
    expect(await findSessionBySecretHash(db, 'a')).toBeUndefined();
  });

  it('of one principal come by their last use, the latest first', async () => {
    for (const id of ['a', 'b', 'c']) await add(id);
    await add('d', 'user:2');
    await db.transaction((tx) => recordSessionSeen(tx, 'b', LATER));
    expect(await idsOf('user:1')).toEqual(['b', 'a', 'c']);
    await db.transaction((tx) => recordSessionSeen(tx, 'b', NOW));
    expect((await findSessionBySecretHash(db, 'hash of b'))?.lastSeenAt).toEqual(LATER);
  });

  it('are moved to another generation, and deleted, by whose they are alone', async () => {
    await add('a');
    await db.transaction((tx) => moveSession(tx, { id: 'a', principalId: 'user:2', generation: '2' }));
    expect(await db.transaction((tx) => deleteSession(tx, 'a', 'user:2'))).toBe(false);
    expect((await findSessionBySecretHash(db, 'hash of a'))?.generation).toBe('1');
    await db.transaction((tx) => moveSession(tx, { id: 'a', principalId: 'user:1', generation: '2' }));
    expect((await findSessionBySecretHash(db, 'hash of a'))?.generation).toBe('2');
    expect(await db.transaction((tx) => deleteSession(tx, 'a', 'user:1'))).toBe(true);
    expect(await db.transaction((tx) => deleteSession(tx, 'a', 'user:1'))).toBe(false);
  });

  it('of one principal are deleted together, but the one that is kept', async () => {
    for (const id of ['a', 'b', 'c']) await add(id);
    await add('d', 'user:2');
    expect(await db.transaction((tx) => deleteSessionsOf(tx, 'user:1', 'b'))).toBe(2);
    expect([await idsOf('user:1'), await idsOf('user:2')]).toEqual([['b'], ['d']]);
    expect(await db.transaction((tx) => deleteSessionsOf(tx, 'user:1'))).toBe(1);
  });

  it('are swept when they expired, and when they were not used since', async () => {
    await add('a');
    await add('b');
    await db.transaction((tx) => recordSessionSeen(tx, 'b', LATER));
    const sweep = (now: Date, idleSince: Date): Promise<number> =>
      db.transaction((tx) => deleteStaleSessions(tx, now, idleSince));
    expect(await sweep(LATER, new Date(NOW.getTime() - 1))).toBe(0);
    expect(await sweep(LATER, NOW)).toBe(1);
    expect(await idsOf('user:1')).toEqual(['b']);
    expect(await sweep(END, NOW)).toBe(1);
  });
});
