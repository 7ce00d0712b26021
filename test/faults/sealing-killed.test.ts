import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'bun:test';
import { Sealer } from '../../src/audit/sealer.ts';
import { verifyChain } from '../../src/audit/verify-chain.ts';
import { findChainHead, type ChainLink } from '../../src/metadata/audit-rows.ts';
import { openSqlite } from '../../src/metadata/sqlite/open.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('sealing-killed');
});
afterEach(() => removeFolder(folder));

const SRC = join(import.meta.dir, '../../src');

/** Records and seals, until it is killed; says when it has begun. */
const PROGRAM = `
  import { Sealer } from '${SRC}/audit/sealer.ts';
  import { systemActor } from '${SRC}/metadata/actor.ts';
  import { appendAudit } from '${SRC}/metadata/audit.ts';
  import { openSqlite } from '${SRC}/metadata/sqlite/open.ts';
  const db = await openSqlite(process.argv[1]);
  const sealer = new Sealer({ db });
  for (let n = 0; ; n += 1) {
    await db.transaction((tx) => appendAudit(tx, systemActor('admin'), { action: 'test.done', details: { n } }, new Date()));
    if (n % 7 === 0) await sealer.seal();
    if (n === 50) console.log('begun');
  }
`;

it('a chain whose sealer is killed, again and again, is intact, and nothing sealed is lost', async () => {
  const path = join(folder, 'havre.db');
  let kept: ChainLink | undefined;
  for (let round = 0; round < 5; round += 1) {
    const child = Bun.spawn([process.execPath, '-e', PROGRAM, path], { stdout: 'pipe', stderr: 'inherit' });
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('begun');
    child.kill('SIGKILL');
    await child.exited;
    const db = await openSqlite(path);
    try {
      expect(await verifyChain(db, { kept })).toMatchObject({ totalFindings: 0 });
      await new Sealer({ db }).seal();
      const report = await verifyChain(db, { kept });
      expect(report).toMatchObject({ totalFindings: 0 });
      expect(report.head?.sequence).toBeGreaterThanOrEqual((round + 1) * 50);
      kept = await findChainHead(db);
    } finally {
      await db.close();
    }
  }
});
