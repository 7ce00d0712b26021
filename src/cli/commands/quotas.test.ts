import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(line: string): Promise<CliResult> {
  return runHavre(line.split(' '), { installation });
}

async function push(repository: string, text: string): Promise<void> {
  const bytes = new Uint8Array(Buffer.from(text));
  const chunk = { body: new Blob([bytes]).stream(), signal: AbortSignal.timeout(10_000) };
  await installation.uploads.push(parseRepositoryName(repository), digestOf(bytes), chunk);
}

describe('havre quota', () => {
  it('is set, changed, listed with what is used, and removed', async () => {
    await push('team/app', 'a layer');
    const set = await havre('quota set team/** --bytes 10KiB --tags 5');
    expect({ ...set, overrides: [] }).toMatchObject({ exitCode: 0, stderr: '' });
    expect(set.stdout).toBe('Set: repositories team/** hold 7 bytes of 10 KiB, 0 of 5 tags.\n');
    expect((await havre('quota set team/** --bytes 10')).stdout).toContain('hold 7 bytes of 10 bytes, 0 of 5 tags.');
    expect((await havre('quota set team/** --tags none')).stdout).toContain('hold 7 bytes of 10 bytes.');
    expect((await havre('quota list')).stdout).toBe(
      'ID  REPOSITORIES  USED                 FULL\n1   team/**       7 bytes of 10 bytes  70 %\n',
    );
    expect((await havre('quota remove team/**')).stdout).toBe('Removed: the quota of repositories team/**.\n');
    expect((await havre('quota list')).stdout).toContain('There are no quotas.');
  });

  it('that is less than what is used says so', async () => {
    await push('team/app', 'a layer');
    expect((await havre('quota set ** --bytes 5')).stdout).toContain('That is more than they may');
  });

  it('is JSON for programs', async () => {
    const made = JSON.parse((await havre('quota set a --bytes 1GB --json')).stdout) as unknown;
    expect(made).toMatchObject({ id: 1, pattern: 'a', limits: { bytes: 1_000_000_000, manifests: null, tags: null } });
    expect(JSON.parse((await havre('quota list --json')).stdout)).toEqual([made]);
  });

  const refused = [
    ['without a limit', 'quota set team', 2, 'at least one of --bytes'],
    ['of a wrong size', 'quota set team --bytes much', 2, '10GiB'],
    ['of a wrong pattern', 'quota set a//b --bytes 1', 2, 'empty part'],
    ['that is not there, removed', 'quota remove team', 1, 'There is no quota team'],
  ] as const;
  for (const [what, line, code, message] of refused) {
    it(`${what} is refused`, async () => {
      const { exitCode, stderr } = await havre(line);
      expect(exitCode).toBe(code);
      expect(stderr).toContain(message);
    });
  }
});

describe('havre sizes', () => {
  beforeEach(async () => {
    await push('team/app', 'base');
    await push('team/app', 'a larger layer');
    await push('team/base', 'base');
  });

  it('says what all hold, and who holds most', async () => {
    const { exitCode, stdout } = await havre('sizes');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '**: 2 repositories, 0 tags, 0 manifests',
      'added up    22 bytes, as quotas count it',
      'stored      18 bytes, each blob once',
      'unique      18 bytes, which no other repository has',
      'in trash    0 bytes that can be restored, 0 bytes that the next collection frees',
      '',
      'REPOSITORY  TOTAL     UNIQUE    SHARED   TAGS',
      'team/app    18 bytes  14 bytes  4 bytes  0',
      'team/base   4 bytes   0 bytes   4 bytes  0',
      '',
    ]);
  });

  it('of a pattern tells apart what others have too', async () => {
    const { stdout } = await havre('sizes team/a* --json');
    expect(JSON.parse(stdout)).toMatchObject({
      sums: { repositories: 1, counted: 18, blobs: { total: 18, unique: 14, shared: 4 } },
    });
    expect(JSON.parse((await havre('sizes ** --quick --json')).stdout)).toMatchObject({ sums: { blobs: null } });
  });

  it('of a repository, and of one that is not there', async () => {
    expect((await havre('sizes team/app')).stdout).toBe(
      'team/app: 0 tags, 0 manifests, 2 blobs\ntotal   18 bytes\nunique  14 bytes, only of this repository\nshared  4 bytes, with others\n',
    );
    expect((await havre('sizes nothing')).exitCode).toBe(1);
    expect((await havre('sizes team/app:v1')).exitCode).toBe(1);
  });

  it('counted again differ in nothing', async () => {
    expect((await havre('sizes --recount')).stdout).toBe('Counted again: nothing differs.\n');
  });
});
