import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { imageOf } from '../../../test/support/image.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(...args: readonly string[]): Promise<CliResult> {
  return runHavre(args, { installation });
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('havre rule', () => {
  const added = [
    [['immutable', 'team/**', 'v*', 'w*', '--except', 'v*-rc'], 'team/**, tags v*, w* but v*-rc stay where they are'],
    [['protected', '**', 'main'], '**, tags main are moved and deleted by nobody'],
    [['pinned', `team/app@${DIGEST}`], `team/app, manifest ${DIGEST} stays`],
    [['age-floor', '**', '36h'], '**, what was pushed less than 36 hours ago is not deleted'],
    [['trash', 'prod/**', '90d'], 'prod/**, what is deleted can be restored for 90 days'],
    [['trash', 'scratch/*', 'none'], 'scratch/*, what is deleted cannot be restored'],
    [['trash', 'scratch/*', '0'], 'scratch/*, what is deleted cannot be restored'],
    [['expire', 'scratch/*', '1d'], 'scratch/*, what is pushed ends after 1 day'],
    [['expire', 'team/**', '2w', '--tags', 'pr-*'], 'team/**, what has tags pr-* alone ends after 14 days'],
  ] as const;
  for (const [args, text] of added) {
    it(`add ${args.join(' ')}`, async () => {
      const { exitCode, stdout, stderr } = await havre('rule', 'add', ...args);
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: `Rule 1: in ${text}.\n`, stderr: '' });
    });
  }

  it('add protected names who may', async () => {
    await havre('user', 'add', 'ada', '--generate');
    await havre('token', 'create', 'ci');
    const { stdout } = await havre('rule', 'add', 'protected', '**', 'main', '--user', 'ada', '--token', 'ci');
    expect(stdout).toBe('Rule 1: in **, tags main are moved and deleted by user ada, token ci alone.\n');
  });

  it('list shows them, and remove takes one away', async () => {
    expect((await havre('rule', 'list')).stdout).toContain('There are no rules.');
    await havre('rule', 'add', 'immutable', 'team/**', 'v*');
    await havre('rule', 'add', 'age-floor', 'other', '1d');
    expect((await havre('rule', 'list', 'team/app')).stdout).toBe(
      [
        'ID  KIND       REPOSITORIES  RULE                         SINCE                 BY',
        '1   immutable  team/**       tags v* stay where they are  2026-11-20 10:00 UTC  local administrator\n',
      ].join('\n'),
    );
    expect((await havre('rule', 'remove', '1')).stdout).toBe(
      'Removed: rule 1, by which in team/** tags v* stay where they are.\n',
    );
    expect(JSON.parse((await havre('rule', 'list', '--json')).stdout)).toMatchObject([{ id: 2, kind: 'age-floor' }]);
    expect(await havre('rule', 'remove', '1')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no rule 1'),
    });
  });

  const refused = [
    [['rule', 'add', 'immutable', 'a//b', '*'], 'empty part'],
    [['rule', 'add', 'immutable', '**', 'a/b'], 'no tag has'],
    [['rule', 'add', 'pinned', 'team/app:v1'], 'names no manifest'],
    [['rule', 'add', 'age-floor', '**', 'soon'], 'It must be like 30d'],
    [['rule', 'add', 'expire', '**', '0s'], 'havre: afterSeconds: Too small'],
    [['plan', 'create', 'team/app'], 'havre: Say what is to go: tags, digests or untagged.\n'],
    [['rule', 'remove', 'x'], 'It must be a number'],
    [['history', 'team/app'], 'names no tag'],
    [['revert', 'team/app:v1', '--to', 'then'], 'no digest, number of moves or time'],
  ] as const;
  for (const [args, message] of refused) {
    it(`is not ${args.join(' ')}`, async () => {
      expect(await havre(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
    });
  }
});

describe('havre history and havre revert', () => {
  it('show where a tag was, and set it back', async () => {
    const images = [1, 2, 3].map((number) => imageOf([], { annotations: { number: String(number) } }).manifest);
    for (const { bytes, mediaType } of images) {
      installation.clock.now = new Date(installation.clock.now.getTime() + 3600_000);
      const pushed = { bytes, contentType: mediaType, extraTags: [] };
      await installation.manifests.put(parseRepositoryName('team/app'), { tag: parseTag('v1') }, pushed, SOMEBODY);
    }
    const [one, two, three] = images.map(({ digest }) => digest);
    const { stdout } = await havre('history', 'team/app:v1', '--limit', '2');
    expect(stdout).toContain('2026-11-20 13:00 UTC');
    expect(stdout.split('\n')).toHaveLength(5);
    for (const part of [two, three, 'somebody', 'client', 'test/1', 'There are older ones'])
      expect(stdout).toContain(part ?? '');
    const back = (await havre('revert', 'team/app:v1')).stdout;
    expect(back).toBe(`team/app:v1 names ${two} now; it named ${three} before.\n`);
    expect((await havre('revert', 'team/app:v1', '--to', '2 hours ago')).stdout).toContain(`names ${one} now`);
    expect((await havre('revert', 'team/app:v1', '--to', three ?? '')).stdout).toContain(`names ${three} now`);
    expect((await havre('revert', 'team/app:v1', '--to', three ?? '')).stdout).toBe(
      `team/app:v1 names ${three}, as it did.\n`,
    );
    expect(JSON.parse((await havre('history', 'team/app:v1', '--json')).stdout)).toMatchObject([
      { cause: 'revert' },
      {},
      {},
      {},
      {},
      {},
    ]);
    expect(await havre('revert', 'team/app:v1', '--to', DIGEST)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('neither in the repository nor in its trash'),
    });
  });
});
