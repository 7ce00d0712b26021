import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { findChainHead, listSealed, type ChainLink } from '../metadata/audit-rows.ts';
import type { Database } from '../metadata/database.ts';
import { lineOf } from './audit-line.ts';
import { pruneAudit } from './prune.ts';
import { Sealer } from './sealer.ts';
import { verifyChain } from './verify-chain.ts';
import { verifyLines } from './verify-lines.ts';

const START = Date.parse('2026-11-20T10:00:00Z');
const DAY = 86_400_000;

let folder: string;
let db: Database;
beforeEach(async () => {
  folder = temporaryFolder('chain');
  db = await openTestDatabase(folder);
});
afterEach(async () => {
  await db.close();
  removeFolder(folder);
});

/** Row `n` is of the `n`th minute, or whatever `minutes` makes of it. */
async function sealed(count: number, minutes = (n: number): number => n): Promise<void> {
  await db.transaction(async (tx) => {
    for (let n = 1; n <= count; n += 1) {
      const entry = { action: 'test.done', details: { n } };
      await appendAudit(tx, systemActor('admin'), entry, new Date(START + minutes(n) * 60_000));
    }
  });
  await new Sealer({ db }).seal();
}

/** As somebody does who can write to the database: the row goes, and another one stands in its place. */
async function replaceRow(sequence: number, change: Record<string, unknown>): Promise<void> {
  const [row] = await db.build((kysely) => kysely.selectFrom('audit').selectAll().where('sequence', '=', sequence));
  await deleteRow(sequence);
  if (row === undefined) throw new Error(`there is no row ${sequence}`);
  const { id: _, ...columns } = row;
  await db.transaction((tx) => tx.build((kysely) => kysely.insertInto('audit').values({ ...columns, ...change })));
}

async function deleteRow(sequence: number): Promise<void> {
  await db.transaction((tx) => tx.build((kysely) => kysely.deleteFrom('audit').where('sequence', '=', sequence)));
}

async function found(kept?: ChainLink): Promise<readonly string[]> {
  const { findings } = await verifyChain(db, { kept });
  return findings.map(({ kind, sequence }) => `${kind} ${sequence}`);
}

async function headOf(): Promise<ChainLink> {
  const head = await findChainHead(db);
  if (head === undefined) throw new Error('nothing is sealed');
  return head;
}

describe('a chain', () => {
  it('that nobody touched is intact, whatever its length', async () => {
    expect(await verifyChain(db)).toMatchObject({ rows: 0, head: null, totalFindings: 0 });
    await sealed(1201);
    const report = await verifyChain(db, { kept: await headOf() });
    expect(report).toMatchObject({ rows: 1201, first: { sequence: 1 }, head: { sequence: 1201 }, totalFindings: 0 });
  });

  it('tells of a row that was changed', async () => {
    await sealed(10);
    await replaceRow(4, { principal_name: 'somebody else' });
    expect(await found()).toEqual(['changed 4']);
  });

  it('tells of a row that was changed and hashed anew, by the row behind it', async () => {
    await sealed(10);
    const [row] = await listSealed(db, 3, 1);
    if (row === undefined) throw new Error('there is no row 4');
    const { hashOf } = await import('./audit-line.ts');
    const hash = hashOf({ ...row, principalName: 'somebody else' }, row);
    await replaceRow(4, { principal_name: 'somebody else', hash });
    expect(await found()).toEqual(['unlinked 5']);
  });

  it('tells of details that say the same in other bytes, which an export would not show', async () => {
    await sealed(3);
    await replaceRow(2, { details: '{"n": 2}' });
    expect(await found()).toEqual(['changed 2']);
  });

  it('tells of two rows that were swapped', async () => {
    await sealed(10);
    const [one, other] = await listSealed(db, 3, 2);
    await deleteRow(5);
    await replaceRow(4, { details: other?.details });
    await db.transaction((tx) =>
      appendAudit(tx, systemActor('admin'), { action: 'test.done', details: { n: 4 } }, new Date(one?.at ?? 0)),
    );
    const places = { sequence: 5, previous_hash: other?.previousHash, hash: other?.hash };
    await db.transaction((tx) =>
      tx.build((kysely) => kysely.updateTable('audit').set(places).where('sequence', 'is', null)),
    );
    expect(await found()).toEqual(['changed 4', 'changed 5']);
  });

  it('tells of a row that is gone from the middle, and of rows that are gone from the beginning', async () => {
    await sealed(10);
    await deleteRow(6);
    expect(await found()).toEqual(['gap 7']);
    for (const sequence of [1, 2]) await deleteRow(sequence);
    expect(await found()).toEqual(['beginning 3', 'gap 7']);
  });

  it('tells of an end that was cut off, to whoever kept a head elsewhere', async () => {
    await sealed(10);
    const kept = await headOf();
    for (const sequence of [9, 10]) await deleteRow(sequence);
    expect(await found()).toEqual([]);
    expect(await found(kept)).toEqual(['truncated 10']);
    await sealed(5);
    expect(await found(kept)).toEqual(['other-head 10']);
  });

  it('tells of times that run backwards by more than clocks differ', async () => {
    await sealed(10, (n) => (n === 5 ? -60 : n === 7 ? 2 : n));
    expect(await found()).toEqual(['time 5']);
  });
});

describe('pruning', () => {
  const at = (days: number): Date => new Date(START + days * DAY);

  it('removes the oldest rows, and what stays is intact, also before the anchor is sealed', async () => {
    await sealed(2500, (n) => n * 60);
    expect(await pruneAudit(db, { keepDays: 35, now: at(105) })).toBe(1679);
    expect(await verifyChain(db)).toMatchObject({ rows: 821, first: { sequence: 1680 }, totalFindings: 0 });
    await new Sealer({ db }).seal();
    expect(await verifyChain(db)).toMatchObject({ head: { sequence: 2502 }, totalFindings: 0 });
  });

  it('goes on from what it left, time and again, and never takes the head', async () => {
    await sealed(100);
    for (const days of [400, 800, 1200]) {
      await pruneAudit(db, { keepDays: 365, now: at(days) });
      await new Sealer({ db }).seal();
      expect(await found()).toEqual([]);
    }
    expect(await verifyChain(db)).toMatchObject({ rows: 2 });
  });

  it('is no cover for whoever removes more', async () => {
    await sealed(100, (n) => n * 1440);
    await pruneAudit(db, { keepDays: 50, now: at(100) });
    await new Sealer({ db }).seal();
    await deleteRow(50);
    await deleteRow(51);
    expect(await found()).toEqual(['beginning 52']);
  });

  it('can be compared with the head that was the last to go, and says so of older ones', async () => {
    await sealed(50, (n) => n * 1440);
    const [old, last] = await listSealed(db, 8, 2);
    await pruneAudit(db, { keepDays: 40, now: at(51) });
    expect(last?.sequence).toBe(10);
    expect(await found(last)).toEqual([]);
    expect(await found(old)).toEqual(['other-head 9']);
  });
});

describe('an exported file', () => {
  async function* linesOf(change = (text: string, _number: number): string | undefined => text) {
    for (const row of await listSealed(db, 0, 1000)) {
      const text = change(JSON.stringify(lineOf(row, row)), row.sequence);
      if (text !== undefined) yield text;
    }
  }
  const kinds = async (lines: AsyncIterable<string>, isSelection = false): Promise<readonly string[]> => {
    const { findings } = await verifyLines(lines, { isSelection });
    return findings.map(({ kind, sequence }) => `${kind} ${sequence}`);
  };

  it('is verified by its bytes', async () => {
    await sealed(20);
    expect(await kinds(linesOf())).toEqual([]);
    expect(await kinds(linesOf((text, n) => (n === 7 ? text.replace('"n":7', '"n":8') : text)))).toEqual(['changed 7']);
    expect(await kinds(linesOf((text, n) => (n === 7 ? undefined : text)))).toEqual(['gap 8']);
  });

  it('of some rows only is no gap, and each is what it was', async () => {
    await sealed(20);
    const odd = linesOf((text, n) => (n % 2 === 0 ? undefined : n === 5 ? text.replace('havre', 'eve') : text));
    expect(await kinds(odd, true)).toEqual(['changed 5']);
  });

  it('that is none is refused with the number of the line', async () => {
    await sealed(2);
    expect(kinds(linesOf((text, n) => (n === 2 ? '{}' : text)))).rejects.toThrow('Line 2');
  });
});
