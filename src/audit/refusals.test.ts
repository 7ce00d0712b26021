import { afterEach, beforeEach, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { listUnsealed } from '../metadata/audit-rows.ts';
import type { Database } from '../metadata/database.ts';
import { Refusals } from './refusals.ts';

let folder: string;
let db: Database;
beforeEach(async () => {
  folder = temporaryFolder('refusals');
  db = await openTestDatabase(folder);
});
afterEach(async () => {
  await db.close();
  removeFolder(folder);
});

function refusalsOf(onFailure: (error: unknown) => void = () => {}): Refusals {
  return new Refusals({ db, now: () => new Date('2026-11-20T10:00:00Z'), onFailure, perWindow: 5 });
}

async function rows(): Promise<readonly unknown[]> {
  const found = await listUnsealed(db, 1000);
  return found.map(({ action, outcome, details }) => [action, outcome, JSON.parse(details ?? 'null')]);
}

it('what comes again and again is two rows, whatever its number', async () => {
  const refusals = refusalsOf();
  for (let i = 0; i < 100_000; i += 1)
    refusals.note(SOMEBODY, { action: 'login.refused', details: { account: 'admin' } });
  await refusals.flush();
  expect(await rows()).toEqual([
    ['login.refused', 'refused', { account: 'admin' }],
    ['login.refused', 'refused', { account: 'admin', times: 99_999, withinSeconds: 300 }],
  ]);
});

it('of what is different each time some are rows, and the rest a number', async () => {
  const refusals = refusalsOf();
  for (let i = 0; i < 10_000; i += 1) {
    refusals.note({ ...SOMEBODY, source: `192.0.2.${i}` }, { action: 'login.refused', details: { account: `a${i}` } });
  }
  await refusals.flush();
  const found = await rows();
  expect(found).toHaveLength(6);
  expect(found.at(-1)).toEqual(['refusals.omitted', 'refused', { times: 9995 }]);
});

it('the next window begins anew', async () => {
  const refusals = refusalsOf();
  for (let window = 0; window < 3; window += 1) {
    refusals.note(SOMEBODY, { action: 'login.refused' });
    await refusals.flush();
  }
  expect(await rows()).toHaveLength(3);
});

it('a database that is away is told of, and loses nothing but the rows', async () => {
  const failures: unknown[] = [];
  const refusals = new Refusals({
    db: { ...db, transaction: () => Promise.reject(new Error('away')) },
    now: () => new Date(),
    onFailure: (error) => failures.push(error),
  });
  refusals.note(SOMEBODY, { action: 'login.refused' });
  await refusals.flush();
  expect(failures).toMatchObject([{ message: 'away' }]);
});
