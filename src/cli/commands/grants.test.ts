import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(line: string): Promise<CliResult> {
  return runHavre(line.split(' '), { installation });
}

async function mayPull(repository: string): Promise<boolean> {
  const nobody = await installation.auth.authenticator.identify(null, { source: '192.0.2.1' });
  return nobody.allows('pull', repository);
}

describe('havre grant add', () => {
  it('lets everybody pull', async () => {
    const { exitCode, stdout } = await havre('grant add --anonymous public/** pull');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Granted: everybody may pull in public/**.\n' });
    expect(await mayPull('public/app')).toBe(true);
    expect(await mayPull('private/app')).toBe(false);
  });

  it('says all that is granted now, when there was something before', async () => {
    await havre('user add bob --generate');
    await havre('grant add --user bob team/** pull');
    const { stdout } = await havre('grant add --user bob team/** push');
    expect(stdout).toBe('Granted: user bob may pull, push in team/**.\n');
  });

  it('grants to tokens, and to whoever is signed in', async () => {
    await havre('token create ci');
    expect((await havre('grant add --token ci a pull,push')).stdout).toContain('token ci may pull, push in a');
    expect((await havre('grant add --signed-in a pull')).stdout).toContain('whoever is signed in may pull in a');
  });

  it('is JSON for programs', async () => {
    expect(JSON.parse((await havre('grant add --everybody a pull --json')).stdout)).toMatchObject({
      id: 1,
      to: { kind: 'everybody' },
      pattern: 'a',
      actions: ['pull'],
    });
  });

  const refused = [
    ['to nobody', 'grant add a pull', 2, 'Say to whom'],
    ['to two at once', 'grant add --user bob --everybody a pull', 2, 'Say one of'],
    ['of an unknown action', 'grant add --everybody a read', 2, '"read" is no action'],
    ['for a pattern that cannot be', 'grant add --everybody a//b pull', 2, 'empty part'],
    ['to somebody who does not exist', 'grant add --user bob a pull', 1, 'There is no user "bob"'],
    ['of admin to everybody', 'grant add --everybody ** admin', 1, 'cannot be granted to everybody'],
  ] as const;
  for (const [what, line, exitCode, message] of refused) {
    it(`is refused ${what}`, async () => {
      const result = await havre(line);
      expect(result.exitCode).toBe(exitCode);
      expect(result.stderr).toContain(message);
      expect((await havre('grant list --json')).stdout).toBe('[]\n');
    });
  }
});

describe('havre grant list', () => {
  it('says what to do when there are none', async () => {
    expect((await havre('grant list')).stdout).toStartWith('There are no grants. Add one: havre grant add');
  });

  it('shows who may do what', async () => {
    await havre('user add bob --generate');
    await havre('grant add --everybody public/** pull');
    await havre('grant add --user bob team/** pull,push');
    expect((await havre('grant list')).stdout).toBe(
      [
        'ID  TO         WHERE      ACTIONS    SINCE',
        '1   everybody  public/**  pull       2026-11-20 10:00 UTC',
        '2   user bob   team/**    pull,push  2026-11-20 10:00 UTC',
        '',
      ].join('\n'),
    );
  });
});

describe('havre grant remove', () => {
  it('takes a grant away by its id', async () => {
    await havre('grant add --everybody public/** pull');
    const { exitCode, stdout } = await havre('grant remove 1');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'Removed: the grant of pull in public/** to everybody.\n',
    });
    expect(await mayPull('public/app')).toBe(false);
  });

  it('takes a grant away by whose it is', async () => {
    await havre('user add bob --generate');
    await havre('grant add --everybody team/** pull');
    await havre('grant add --user bob team/** pull');
    expect((await havre('grant remove --user bob team/**')).exitCode).toBe(0);
    expect((await havre('grant list')).stdout).toContain('everybody');
    expect((await havre('grant list')).stdout).not.toContain('bob');
  });

  const refused = [
    ['whose is not said', 'grant remove team/**', 2, 'Say an id, or whose grant it is'],
    ['that does not exist', 'grant remove 7', 1, 'There is no grant 7'],
    ['that somebody does not have', 'grant remove --everybody team/**', 1, 'no grant to everybody for exactly team/**'],
  ] as const;
  for (const [what, line, exitCode, message] of refused) {
    it(`is refused for one ${what}`, async () => {
      const result = await havre(line);
      expect(result.exitCode).toBe(exitCode);
      expect(result.stderr).toContain(message);
    });
  }
});
