import { expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { findChainHead } from '../metadata/audit-rows.ts';
import type { Database } from '../metadata/database.ts';
import { createLogger } from '../telemetry/log.ts';
import { Sealer } from './sealer.ts';
import { startSealing } from './sealing.ts';

async function withSealing(test: (db: Database, lines: string[]) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('sealing');
  const db = await openTestDatabase(folder);
  try {
    await test(db, []);
  } finally {
    await db.close();
    removeFolder(folder);
  }
}

function logTo(lines: string[]): ReturnType<typeof createLogger> {
  return createLogger({
    level: 'info',
    pretty: false,
    sink: { write: (line) => void lines.push(line), close: async () => {} },
  });
}

function append(db: Database): Promise<void> {
  return db.transaction((tx) => appendAudit(tx, systemActor('admin'), { action: 'test.done' }, new Date()));
}

it('what is recorded while it runs is sealed by itself, and what is left when it stops', () =>
  withSealing(async (db, lines) => {
    const sealing = startSealing({ sealer: new Sealer({ db }), db, log: logTo(lines), seconds: 0.01 });
    await append(db);
    await eventually('it is sealed', async () => expect(await findChainHead(db)).toMatchObject({ sequence: 1 }));
    await append(db);
    await sealing.stop();
    const head = await findChainHead(db);
    expect(head?.sequence).toBe(2);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ sequence: 2, hash: head?.hash });
  }));

it('that fails is told once, and goes on', () =>
  withSealing(async (db, lines) => {
    let calls = 0;
    const sealer = { seal: async () => ((calls += 1) < 5 ? Promise.reject(new Error('away')) : 0) };
    const sealing = startSealing({ sealer, db, log: logTo(lines), seconds: 0.001 });
    await eventually('it was tried again', () => expect(calls).toBeGreaterThan(6));
    await sealing.stop();
    expect(lines.filter((line) => line.includes('could not be sealed'))).toHaveLength(1);
  }));
