import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { openConnected } from '../../../test/support/connected.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { imageOf, randomBlob } from '../../../test/support/image.ts';
import { systemActor } from '../../metadata/actor.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';

let installation: Installation;
let folder: string;

beforeEach(async () => {
  installation = await openInstallation();
  folder = temporaryFolder('policies');
});

afterEach(async () => {
  await installation.close();
  removeFolder(folder);
});

function havre(...args: readonly string[]): Promise<CliResult> {
  return runHavre(args, { installation });
}

async function push(tag: string): Promise<void> {
  const { manifest } = imageOf([randomBlob(10)]);
  const pushed = { bytes: manifest.bytes, contentType: manifest.mediaType, extraTags: [] };
  const repository = parseRepositoryName('team/app');
  await installation.manifests.put(repository, { tag: parseTag(tag) }, pushed, systemActor('import'));
  installation.clock.now = new Date(installation.clock.now.getTime() + 3_600_000);
}

function policyFile(countNumber: number): string {
  const selection = { tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber };
  const path = join(folder, `lifecycle-${countNumber}.json`);
  writeFileSync(path, JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] }));
  return path;
}

describe('havre plan', () => {
  it('shows what would go and why, and applies just that', async () => {
    for (const tag of ['v1', 'v2', 'main']) await push(tag);
    const made = await havre('plan', 'create', 'team/app:v*');
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toMatch(/delete +team\/app:v1 \(sha256:[0-9a-f]{12}\).*tag v1 is one of v\*/);
    const [, id = '', digest = ''] = /havre plan apply (\S+) --digest (\S+)/.exec(made.stdout) ?? [];
    expect((await havre('plan', 'list')).stdout).toContain(id);
    const wrong = await havre('plan', 'apply', id, '--digest', 'sha256:0');
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not the one you looked at') });
    const applied = await havre('plan', 'apply', id, '--digest', digest);
    expect(applied.stdout).toContain(`2 manifests, 2 tags, 0 left alone. Undo: havre restore --plan ${id}`);
    const shown = await havre('plan', 'show', id, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'applied', items: [{ tags: ['v1'] }, { tags: ['v2'] }] });
    expect((await havre('plan', 'discard', id)).exitCode).toBe(0);
    expect((await havre('plan', 'show', id)).exitCode).toBe(1);
  });

  it('says what changed, and deletes nothing', async () => {
    await push('v1');
    const made = await havre('plan', 'create', 'team/app:v*', '--json');
    const { id } = JSON.parse(made.stdout) as { id: string };
    await push('v2');
    const refused = await havre('plan', 'apply', id, '--yes');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('added: team/app:v2');
    expect(refused.stderr).toContain('nothing was deleted');
    expect((await havre('plan', 'apply', id, '--yes', '--allow-change', '100%')).exitCode).toBe(0);
  });

  it('is about one pattern of repositories', async () => {
    expect((await havre('plan', 'create', 'a:v1', 'b:v1')).exitCode).toBe(2);
    expect((await havre('plan', 'create', 'a:v1', '--older-than', 'long')).exitCode).toBe(2);
  });
});

describe('havre policy', () => {
  it('adds, previews, runs, lists runs, and removes', async () => {
    for (const tag of ['v1', 'v2', 'v3']) await push(tag);
    const added = await havre('policy', 'add', 'two', policyFile(2), '--repository', 'team/**', '--schedule', '@daily');
    expect(added.stdout).toMatch(/two +ecr +team\/\*\* +@daily UTC/);
    const preview = await havre('policy', 'preview', 'two');
    expect(preview.stdout).toContain('team/app:v1');
    expect(preview.stdout).not.toContain('team/app:v2');
    expect((await havre('policy', 'run', 'two', '--dry-run')).stdout).toContain('Nothing was deleted');
    expect((await havre('policy', 'run', 'two')).stdout).toContain('Undo: havre restore --plan');
    expect((await havre('policy', 'runs', 'two')).stdout).toMatch(/done +deleted 1 manifest/);
    expect((await havre('policy', 'disable', 'two')).stdout).toContain('disabled');
    expect((await havre('policy', 'list')).stdout).toContain('two');
    expect((await havre('policy', 'show', 'two')).stdout).toContain('"rulePriority"');
    expect((await havre('policy', 'remove', 'two')).exitCode).toBe(0);
    expect((await havre('policy', 'show', 'two')).exitCode).toBe(1);
  });

  it('says what is wrong with a document, by field', async () => {
    const wrong = await havre('policy', 'validate', policyFile(0));
    expect(wrong).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('rules[0].selection.countNumber: ') });
    expect((await havre('policy', 'validate', policyFile(1))).exitCode).toBe(0);
    const refused = await havre('policy', 'add', 'bad', policyFile(0), '--repository', '**');
    expect(refused.stderr).toContain('rules[0].selection.countNumber');
  });

  it('previews a preset on repositories', async () => {
    await push('v1');
    const { stdout } = await havre('policy', 'presets', '--json');
    for (const { name } of JSON.parse(stdout) as { name: string }[]) {
      const preview = await havre('policy', 'preview', '--preset', name, '--repository', '**');
      expect(preview.exitCode).toBe(0);
    }
  });
});

describe('havre policy update', () => {
  it('changes what is named, and leaves the rest', async () => {
    await havre('policy', 'add', 'keep', policyFile(1), '--repository', 'team/**', '--dry-run-only');
    const timed = ['--schedule', '30 4 * * *', '--time-zone', 'Europe/Paris'];
    const changed = await havre('policy', 'update', 'keep', policyFile(2), ...timed, '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({
      patterns: ['team/**'],
      schedule: '30 4 * * *',
      timeZone: 'Europe/Paris',
      isDryRun: true,
      document: expect.stringContaining('"countNumber":2'),
    });
    const real = await havre('policy', 'update', 'keep', '--for-real', '--schedule', 'none', '--json');
    expect(JSON.parse(real.stdout)).toMatchObject({ schedule: null, isDryRun: false });
  });

  it('says what is wrong, and changes nothing', async () => {
    await havre('policy', 'add', 'keep', policyFile(1), '--repository', 'team/**');
    expect((await havre('policy', 'update', 'keep')).exitCode).toBe(2);
    const wrong = await havre('policy', 'update', 'keep', '--schedule', 'at night');
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is no schedule') });
    expect((await havre('policy', 'list')).stdout).toContain('when told');
  });
});

describe('havre policy, of a connected registry', () => {
  const daily = ['--repository', 'team/*', '--schedule', '@daily'];

  it('tells it wherever it tells of the policy, and asks before anything goes for good', async () => {
    await using connected = await openConnected();
    const id = await connected.connect('pn-1', 'harbor');
    for (const tag of ['v1', 'v2', 'v3']) connected.app.push({ tags: [tag] });
    const there = (...args: readonly string[]) => runHavre(args, { installation: connected.installation });
    const added = await there('policy', 'add', 'two', policyFile(2), '--registry', 'harbor', ...daily);
    expect(added.stdout).toMatch(/NAME +KIND +REGISTRY +REPOSITORIES/);
    expect(added.stdout).toContain(`harbor (${id})`);
    await there('policy', 'add', 'local', policyFile(2), ...daily);
    expect((await there('policy', 'list')).stdout).toMatch(/local +ecr +this one +team/);
    const listed = await there('policy', 'list', '--registry', 'harbor', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'two', registry: { id, name: 'harbor' } }]);
    expect((await there('policy', 'show', 'two')).stdout).toContain(`harbor (${id})`);
    const preview = await there('policy', 'preview', 'two');
    expect(preview.stdout).toMatch(/delete +team\/app:v\d .* unknown +rule 1/);
    expect(preview.stdout).toContain('has no trash');
    const unasked = await there('policy', 'run', 'two');
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('say --yes') });
    expect((await there('policy', 'run', 'two', '--dry-run')).stdout).toContain('Nothing was deleted');
    expect(connected.app.tags.size).toBe(3);
    const run = await there('policy', 'run', 'two', '--yes');
    expect(run.stdout).toContain('1 manifest, 1 tag, 0 left alone.');
    expect(run.stdout).not.toContain('havre restore');
    expect(connected.app.tags.size).toBe(2);
    expect((await there('policy', 'runs', 'two')).stdout).toMatch(/done +deleted 1 manifest/);
  });

  it('says what was refused, and why a run failed', async () => {
    await using connected = await openConnected();
    await connected.connect('pn-1', 'harbor');
    for (const tag of ['v1', 'v2', 'v3']) connected.app.push({ tags: [tag] });
    const there = (...args: readonly string[]) => runHavre(args, { installation: connected.installation });
    await there('policy', 'add', 'one', policyFile(1), '--registry', 'harbor', '--repository', 'team/app');
    const errors = [{ code: 'PRECONDITION', message: 'a retention rule of ours' }];
    const matches = ({ method }: { readonly method: string }) => method === 'DELETE';
    connected.fake.interrupt({ matches, reply: () => Response.json({ errors }, { status: 412 }) });
    const run = await there('policy', 'run', 'one', '--yes');
    expect(run.stderr).toMatch(/left alone: team\/app@sha256:[0-9a-f]+: .*a retention rule of ours/);
    expect((await there('policy', 'runs', 'one')).stdout).toMatch(/deleted 1 manifest, frees at most .*, 1 left alone/);
    connected.fake.immutableTags.add('team/app:v1').add('team/app:v2').add('team/app:v3');
    await there('policy', 'run', 'one', '--yes');
    expect((await there('policy', 'runs', 'one')).stdout).toContain('deleted 0 manifests; 1 more would go, and stay');
    connected.fake.users.clear();
    const failed = await there('policy', 'run', 'one', '--yes');
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it answers 401') });
    expect((await there('policy', 'runs', 'one')).stdout).toMatch(/failed +.*it answers 401/);
  });

  it('is changed to another one, or to this one', async () => {
    await using connected = await openConnected();
    await connected.connect('pn-1', 'harbor');
    const id = await connected.connect('pn-1', 'mirror');
    const there = (...args: readonly string[]) => runHavre(args, { installation: connected.installation });
    await there('policy', 'add', 'two', policyFile(2), '--registry', 'harbor', ...daily);
    expect((await there('policy', 'update', 'two', '--registry', 'mirror')).stdout).toContain(`mirror (${id})`);
    expect((await there('policy', 'update', 'two', '--registry', 'mirror', '--here')).exitCode).toBe(2);
    const removed = await there('registries', 'remove', 'mirror');
    expect(removed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('"mirror": two.') });
    const here = await there('policy', 'update', 'two', '--here', '--json');
    expect(JSON.parse(here.stdout)).toMatchObject({ registry: null, schedule: '@daily' });
    expect((await there('registries', 'remove', 'mirror')).exitCode).toBe(0);
  });
});
