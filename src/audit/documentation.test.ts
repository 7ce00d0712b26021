import { expect, it } from 'bun:test';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { SOMEBODY } from '../../test/support/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { listSealed } from '../metadata/audit-rows.ts';
import { lineOf } from './audit-line.ts';
import { Sealer } from './sealer.ts';

const PAGE = join(import.meta.dir, '../../docs/audit.md');

it('the program of docs/audit.md verifies an export, with nothing of ours', async () => {
  const folder = temporaryFolder('verify-program');
  const db = await openTestDatabase(folder);
  try {
    await db.transaction(async (tx) => {
      for (let n = 0; n < 20; n += 1) {
        const client = `ä "quoted" \\ \u2028 ${n}`;
        await appendAudit(tx, { ...SOMEBODY, client }, { action: 'test.done', details: { n, '1': 'é\n' } }, new Date());
      }
    });
    await new Sealer({ db }).seal();
    const lines = (await listSealed(db, 0, 100)).map((row) => JSON.stringify(lineOf(row, row)));
    const program = /```js\n([^]*?)```/.exec(await Bun.file(PAGE).text())?.[1] ?? '';
    const path = join(folder, 'verify.mjs');
    await Bun.write(path, program);
    const run = async (text: string) => {
      const child = Bun.spawn(['node', path], { stdin: new Blob([text]), stdout: 'pipe', stderr: 'pipe' });
      const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      return { code: await child.exited, stdout, stderr };
    };
    const good = await run(`${lines.join('\n')}\n`);
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining('20 rows are intact') });
    const changed = await run(lines.map((line, i) => (i === 4 ? line.replace('somebody', 'nobody') : line)).join('\n'));
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining('row 5 was changed') });
    const missing = await run(lines.filter((_, i) => i !== 4).join('\n'));
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('row 6 does not follow row 4') });
  } finally {
    await db.close();
    removeFolder(folder);
  }
});
