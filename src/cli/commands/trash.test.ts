import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { fillRepository } from '../../../test/support/filled-repository.ts';
import type { Digest } from '../../oci/digest.ts';

let installation: Installation;
let digest: Digest;

beforeEach(async () => {
  installation = await openInstallation();
  digest = await fillRepository(installation.database, 'team/app', { tags: ['1.4', 'latest'] });
});

afterEach(() => installation.close());

function havre(line: string, options: CliOptions = {}): Promise<CliResult> {
  return runHavre(line.split(' '), { installation, ...options });
}

async function tagsOf(repository: string): Promise<readonly string[]> {
  const rows = await installation.database.build((db) =>
    db
      .selectFrom('tags')
      .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
      .select('tags.name')
      .where('repositories.name', '=', repository as never)
      .orderBy('tags.name'),
  );
  return rows.map(({ name }) => name);
}

describe('havre delete', () => {
  it('says what is to go, and asks', async () => {
    const no = await havre(`delete team/app@${digest}`, { isTerminal: true, stdin: 'n\n' });
    expect(no.stderr).toContain(`1 manifest is to go:\n  team/app@${digest} (1.4, latest)\nGo on? [y/N]`);
    expect({ exitCode: no.exitCode, tags: await tagsOf('team/app') }).toEqual({ exitCode: 1, tags: ['1.4', 'latest'] });
    const yes = await havre(`delete team/app@${digest}`, { isTerminal: true, stdin: 'y\n' });
    expect(yes.stdout).toBe(
      `Deleted: team/app@${digest}. It can be restored until 2026-11-27 10:00 UTC: havre restore --id 1\n`,
    );
    expect(await tagsOf('team/app')).toEqual([]);
  });

  it('takes a tag alone, where another one keeps its manifest, and the manifest with the last one', async () => {
    const dry = await havre('delete team/app:1.4 --dry-run');
    expect(dry.stdout).toContain('Tag team/app:1.4 is to go. Something else keeps its manifest');
    expect((await havre('delete team/app:1.4 --yes')).exitCode).toBe(0);
    const last = await havre('delete team/app:latest --dry-run --json');
    expect(JSON.parse(last.stdout)).toMatchObject({ manifests: [{ digest, reason: 'asked', tags: ['latest'] }] });
  });

  it('does not promise what the trash does not keep', async () => {
    await havre('rule add trash team/** none');
    const { stdout } = await havre('delete team/app --yes');
    expect(stdout).toBe('Deleted: team/app. It cannot be restored: no trash is kept there.\n');
  });

  it('takes a whole repository', async () => {
    const dry = await havre('delete team/app --dry-run');
    expect(dry.stdout).toContain('Repository team/app is to go, with all that it holds: 2 tags, 1 manifest');
    expect((await havre('delete team/app --yes')).stdout).toContain('Deleted: team/app.');
    expect((await havre('delete team/app --yes')).exitCode).toBe(1);
  });

  const refused = [
    ['what is no name', 'delete Team/App --yes', 2, 'names nothing here'],
    ['a digest behind a colon', 'delete team/app:sha256:12 --yes', 2, 'names nothing here'],
    ['without being sure', 'delete team/app:1.4', 2, 'say --yes'],
    ['what is not there', 'delete team/app:2.0 --yes', 1, 'manifest unknown'],
  ] as const;
  for (const [what, line, exitCode, message] of refused) {
    it(`refuses ${what}`, async () => {
      const result = await havre(line);
      expect(result.exitCode).toBe(exitCode);
      expect(result.stderr.toLowerCase()).toContain(message.toLowerCase());
      expect(await tagsOf('team/app')).toEqual(['1.4', 'latest']);
    });
  }
});

describe('havre restore', () => {
  it('brings back a tag, a manifest, a repository, and what one act deleted', async () => {
    await havre('delete team/app:1.4 --yes');
    const tag = await havre('restore team/app:1.4');
    expect(tag.stdout).toBe(`Restored: 1 tag, 0 manifests.\n  team/app:1.4  ${digest}\n`);
    await havre(`delete team/app@${digest} --yes`);
    expect((await havre(`restore team/app@${digest}`)).stdout).toContain('Restored: 2 tags, 1 manifest.');
    await havre('delete team/app --yes');
    expect((await havre('restore team/app')).stdout).toBe('Restored: repository team/app, with all that it held.\n');
    await havre('delete team/app:latest --yes');
    expect((await havre('restore --id 4 --json')).exitCode).toBe(0);
    expect(await tagsOf('team/app')).toEqual(['1.4', 'latest']);
  });

  it('takes a folder or an address for a backup, and nothing else', async () => {
    for (const place of ['/mnt/backup', './backup', 's3://bucket/prefix']) {
      expect((await havre(`restore ${place}`)).stderr).toContain('this test restores nothing');
    }
    expect((await havre('restore backup')).stderr).toContain('is not in the trash');
    expect((await havre('restore backup --snapshot 20261120T234510Z')).stderr).toContain('such as ./backup');
  });

  const refused = [
    ['nothing', 'restore', 2, 'Say one of'],
    ['two things', 'restore team/app --id 7', 2, 'Say one of'],
    ['what is not in the trash', 'restore team/app:1.4', 1, 'havre: team/app:1.4 is not in the trash'],
    ['an entry that is none', 'restore --id 7', 1, 'entry 7 is not in the trash'],
    ['a plan that is none', 'restore --plan nothing', 1, 'nothing of plan nothing is in the trash'],
  ] as const;
  for (const [what, line, exitCode, message] of refused) {
    it(`refuses ${what}`, async () => {
      const result = await havre(line);
      expect(result.exitCode).toBe(exitCode);
      expect(result.stderr.toLowerCase()).toContain(message.toLowerCase());
    });
  }
});

describe('havre trash', () => {
  it('lists what was deleted, by whom, and until when it can be restored', async () => {
    expect((await havre('trash list')).stdout).toBe('The trash is empty.\n');
    await havre('delete team/app:1.4 --yes');
    await havre('delete team/app --yes');
    const { stdout } = await havre('trash list --totals');
    expect(stdout).toContain('ID  WHAT');
    expect(stdout).toMatch(/^2 {3}team\/app \(whole\) +2026-11-20 10:00 UTC .* 2026-11-27 10:00 UTC$/m);
    expect(stdout).toMatch(/^1 {3}team\/app:1\.4 /m);
    expect(stdout).toContain('Kept by the trash alone:');
    const { stdout: json } = await havre('trash list --json --repository team/app');
    expect(JSON.parse(json)).toMatchObject([
      { id: 2, kind: 'repository' },
      { id: 1, kind: 'tag', cause: 'admin' },
    ]);
  });

  it('is emptied when somebody is sure', async () => {
    await havre('delete team/app:1.4 --yes');
    expect((await havre('trash empty')).exitCode).toBe(2);
    expect((await havre('trash empty --yes')).stdout).toStartWith('Emptied: 1 entry.');
    expect((await havre('trash list')).stdout).toBe('The trash is empty.\n');
    expect((await havre('restore team/app:1.4')).exitCode).toBe(1);
  });
});
