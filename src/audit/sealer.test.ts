import { describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { findChainHead, listSealed, listUnsealed } from '../metadata/audit-rows.ts';
import type { Database } from '../metadata/database.ts';
import { GENESIS, hashOf, lineOf, isLineGenuine } from './audit-line.ts';
import { Sealer } from './sealer.ts';

const NOW = new Date('2026-11-20T10:00:00Z');

async function withDatabase(test: (db: Database) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('sealer');
  const db = await openTestDatabase(folder);
  try {
    await test(db);
  } finally {
    await db.close();
    removeFolder(folder);
  }
}

async function append(db: Database, count: number): Promise<void> {
  await db.transaction(async (tx) => {
    for (let i = 0; i < count; i += 1) {
      await appendAudit(
        tx,
        systemActor('admin'),
        { action: 'test.done', details: { number: i, text: 'ä\u0000"' } },
        NOW,
      );
    }
  });
}

describe('sealing', () => {
  it('gives rows places without gaps, each with the hash of the one before', () =>
    withDatabase(async (db) => {
      const sealer = new Sealer({ db });
      await append(db, 450);
      expect(await sealer.seal()).toBe(450);
      await append(db, 3);
      expect(await sealer.seal()).toBe(3);
      const rows = await listSealed(db, 0, 1000);
      expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 453 }, (_, i) => i + 1));
      let previousHash = GENESIS.hash;
      for (const row of rows) {
        expect(row.previousHash).toBe(previousHash);
        expect(row.hash).toBe(hashOf(row, row));
        expect(isLineGenuine(JSON.stringify(lineOf(row, row)), row.hash)).toBe(true);
        previousHash = row.hash;
      }
      expect(await findChainHead(db)).toEqual({ sequence: 453, hash: previousHash });
      expect(await listUnsealed(db, 10)).toEqual([]);
    }));

  it('is done by one of many who try at once, and every row by exactly one', () =>
    withDatabase(async (db) => {
      const seen: number[] = [];
      const sealers = Array.from(
        { length: 5 },
        () => new Sealer({ db, onSealed: async (_, rows) => void seen.push(...rows.map(({ sequence }) => sequence)) }),
      );
      for (let round = 0; round < 6; round += 1) {
        await append(db, 150);
        await Promise.all([...sealers.map((sealer) => sealer.seal()), append(db, 20)]);
      }
      await sealers[0]?.seal();
      const rows = await listSealed(db, 0, 2000);
      expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1020 }, (_, i) => i + 1));
      expect(seen.toSorted((a, b) => a - b)).toEqual(rows.map(({ sequence }) => sequence));
    }));

  it('is for ever: the database refuses to change a row that has its place', () =>
    withDatabase(async (db) => {
      await append(db, 2);
      await new Sealer({ db }).seal();
      const changing = db.transaction((tx) =>
        tx.build((kysely) => kysely.updateTable('audit').set({ principal_name: 'eve' }).where('sequence', '=', 1)),
      );
      expect(await changing.catch((error: unknown) => error)).toBeInstanceOf(Error);
      expect((await listSealed(db, 0, 1))[0]?.principalName).toBe('havre');
    }));

  it('leaves rows without a place when what is to happen with them fails, and goes on later', () =>
    withDatabase(async (db) => {
      const failing = new Sealer({ db, onSealed: () => Promise.reject(new Error('no')) });
      await append(db, 5);
      const outcome = await failing.seal().catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(Error);
      expect(await findChainHead(db)).toBeUndefined();
      expect(await new Sealer({ db }).seal()).toBe(5);
    }));
});
