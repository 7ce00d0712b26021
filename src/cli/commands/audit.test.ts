import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import type { AuditEntry, ChainReport } from '../../api/audit/contract.ts';

let installation: Installation;
let folder: string;
beforeEach(async () => {
  installation = await openInstallation();
  folder = temporaryFolder('audit-cli');
});
afterEach(async () => {
  await installation.close();
  removeFolder(folder);
});

function havre(...args: readonly string[]): Promise<CliResult> {
  return runHavre(['audit', ...args], { installation });
}

async function users(...names: readonly string[]): Promise<void> {
  for (const name of names) await installation.auth.users.create({ name, password: 'a long enough password' });
}

describe('havre audit list', () => {
  it('is a table, newest first', async () => {
    expect((await havre('list')).stdout).toBe('Nothing of that kind is recorded.\n');
    await users('ada', 'bob');
    const { exitCode, stdout, isClosed } = await havre('list');
    expect([exitCode, isClosed]).toEqual([0, true]);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'TIME                  ACTION        BY     FROM  WHAT',
      '2026-11-20 10:00 UTC  user.created  havre  -     bob',
      '2026-11-20 10:00 UTC  user.created  havre  -     ada',
    ]);
  });

  it('is JSON for programs, of what was asked for', async () => {
    await users('ada', 'bob');
    const { stdout } = await havre('list', '--json', '--action', 'user.*', '--limit', '1');
    expect(JSON.parse(stdout) as AuditEntry[]).toMatchObject([{ action: 'user.created', details: { user: 'bob' } }]);
    expect(JSON.parse((await havre('list', '--json', '--since', '2026-11-21')).stdout)).toEqual([]);
    expect(JSON.parse((await havre('list', '--json', '--since', 'yesterday')).stdout)).toHaveLength(2);
  });

  for (const args of [
    ['--since', 'tomorrow'],
    ['--limit', '0'],
    ['--outcome', 'good'],
  ]) {
    it(`does not take ${args.join(' ')}`, async () => {
      expect((await havre('list', ...args)).exitCode).toBe(2);
    });
  }
});

describe('havre audit verify', () => {
  const headIn = (text: string): string => /later: (\S+)/.exec(text)?.[1] ?? '';

  it('says that the chain is intact, with a head to keep, which is compared later', async () => {
    await users('ada', 'bob');
    const { exitCode, stdout } = await havre('verify');
    expect(exitCode).toBe(0);
    expect(stdout).toStartWith('2 rows looked at. The chain is intact.\n');
    const head = headIn(stdout);
    await users('carl');
    expect((await havre('verify', '--head', head)).exitCode).toBe(0);
    const other = await havre('verify', '--json', '--head', `7${head.slice(1)}`);
    expect(other.exitCode).toBe(1);
    expect(JSON.parse(other.stdout) as ChainReport).toMatchObject({ findings: [{ kind: 'truncated', sequence: 7 }] });
  });

  it('finds what was changed in the database', async () => {
    await users('ada', 'bob', 'carl');
    await havre('verify');
    await installation.database.transaction((tx) => tx.build((db) => db.deleteFrom('audit').where('sequence', '=', 2)));
    const { exitCode, stdout } = await havre('verify');
    expect(exitCode).toBe(1);
    expect(stdout).toStartWith('row 3: the row before it is missing\n2 rows looked at. 1 place where');
  });

  it('looks at an exported file, without asking any server', async () => {
    await users('ada', 'bob', 'carl');
    const { stdout } = await havre('export');
    const path = join(folder, 'audit.jsonl');
    await Bun.write(path, stdout);
    const onItsOwn = (...args: readonly string[]) => runHavre(['audit', 'verify', '--file', path, ...args]);
    expect(await onItsOwn()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('The chain is intact.') });
    await Bun.write(path, stdout.replace('"bob"', '"eve"'));
    expect(await onItsOwn()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('row 2: it is not what') });
    await Bun.write(path, stdout.split('\n').toSpliced(1, 1).join('\n'));
    expect((await onItsOwn()).exitCode).toBe(1);
    expect((await onItsOwn('--selection')).exitCode).toBe(0);
    await Bun.write(path, 'nothing of ours\n');
    expect(await onItsOwn()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Line 1 is no line') });
    const missing = await runHavre(['audit', 'verify', '--file', join(folder, 'missing')]);
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('missing') });
  });
});
