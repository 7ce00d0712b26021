import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { deleteBlob } from '../../metadata/blobs.ts';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

let installation: Installation;
let folder: string;

beforeEach(async () => {
  installation = await openInstallation();
  folder = temporaryFolder('moves');
});

afterEach(async () => {
  await installation.close();
  removeFolder(folder);
});

function havre(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runHavre(args, { installation, ...options });
}

async function push(text: string): Promise<Digest> {
  const bytes = new TextEncoder().encode(text);
  const chunk = { body: new Blob([bytes]).stream(), signal: new AbortController().signal };
  await installation.uploads.push(parseRepositoryName('team/app'), digestOf(bytes), chunk);
  return digestOf(bytes);
}

describe('havre backup', () => {
  it('says what is where, and that it is to be kept safe', async () => {
    await push('some bytes');
    const { exitCode, stdout, stderr } = await havre(['backup', join(folder, 'backup')]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        `Snapshot 20261120T100000Z is in ${join(folder, 'backup')}.`,
        'It holds 1 repository, 0 tags, 0 manifests, 1 blob of 10 bytes, as of 2026-11-20 10:00 UTC.',
        'Copied 1 blob, 10 bytes; 0 blobs were there already.',
        'Keep it as safe as the registry: it holds hashes of passwords, and the key of its bearer tokens.',
        '',
      ].join('\n'),
    );
  });

  it('is JSON for programs, and silent when told to be quiet', async () => {
    await push('some bytes');
    const target = join(folder, 'backup');
    expect(JSON.parse((await havre(['backup', target, '--json'])).stdout)).toMatchObject({ copied: 1, lost: [] });
    expect(await havre(['backup', target, '--quiet'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('says why it was refused', async () => {
    const { exitCode, stderr } = await havre(['backup', '/dev/null/backup']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/dev/null/backup cannot be used');
    expect((await havre(['backup', folder, '--keep', '0'])).exitCode).toBe(2);
  });
});

describe('havre verify', () => {
  it('says what it looked at when nothing is wrong', async () => {
    await push('some bytes');
    const { exitCode, stdout } = await havre(['verify', '--full']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'Looked at 1 blob, 1 stored file, 0 manifests, 2 references, and read 10 bytes.\nNothing is wrong.\n',
    );
  });

  it('tells what is wrong with what a repair would do, and repairs it when it is told to', async () => {
    const digest = await push('some bytes');
    await installation.database.transaction((tx) => deleteBlob(tx, digest));
    const { exitCode, stdout } = await havre(['verify']);
    expect(exitCode).toBe(1);
    expect(stdout).toStartWith(`link-dangling team/app@${digest}\n`);
    expect(stdout).toContain('Repair: Remove the link');
    expect(stdout).toContain('1 thing is wrong.\nWhat has a repair is repaired with --repair.');
    const repaired = await havre(['verify', '--repair', '--json']);
    expect(JSON.parse(repaired.stdout)).toMatchObject({ findings: 1, repaired: 1, remaining: 0 });
    expect((await havre(['verify'])).exitCode).toBe(0);
  });

  it('is quick or full, and not both', async () => {
    expect((await havre(['verify', '--quick', '--full'])).exitCode).toBe(2);
  });
});

describe('havre migrate', () => {
  it('goes back to taking pushes', async () => {
    expect(await havre(['migrate', '--resume-serving'])).toMatchObject({
      exitCode: 0,
      stdout: 'The registry was not read-only.\n',
    });
    expect((await havre(['migrate', '--resume-serving', '--to-data', folder])).exitCode).toBe(2);
  });

  it('says when the file with the address of the database cannot be read', async () => {
    const { exitCode, stderr } = await havre(['migrate', '--to-database', `@${join(folder, 'nothing')}`]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot be read');
  });
});

describe('havre restore', () => {
  it('says what came of it, and fails when the backup lacked something', async () => {
    const holds = {
      version: '1.2.3',
      createdAt: '2026-11-20T10:00:00.000Z',
      factsBytes: 5,
      rows: { repositories: 2, tags: 3, manifests: 3 },
      blobs: 7,
      bytes: 4096,
    };
    const report = { place: '/backup', snapshot: '20261120T100000Z', holds, copied: 6, copiedBytes: 4000, kept: 0 };
    const asked: unknown[] = [];
    const restored = (lost: string[]): CliOptions => ({
      host: {
        async *restore(overrides, request) {
          asked.push(overrides, request);
          yield { event: 'done', report: { ...report, lost } };
        },
      },
    });
    const { exitCode, stdout } = await havre(['restore', '/backup', '--data', '/new'], restored([]));
    expect(asked).toEqual([{ data: '/new' }, { source: '/backup', snapshot: undefined }]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('There are 2 repositories, 3 tags, 3 manifests, 7 blobs of 4.0 KiB (4,096 bytes)');
    const incomplete = await havre(['restore', '/backup'], restored(['sha256:abc']));
    expect(incomplete).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('sha256:abc') });
  });
});
