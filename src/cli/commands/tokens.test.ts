import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, SETTINGS, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import type { Identity } from '../../auth/identity.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(line: string, options: CliOptions = {}): Promise<CliResult> {
  return runHavre(line.split(' '), { installation, ...options });
}

async function identityOf(secret: string): Promise<Identity> {
  return installation.auth.authenticator.identify(`Bearer ${secret}`, { source: '192.0.2.1' });
}

describe('havre token create', () => {
  it('prints the secret alone on stdout, and what it is good for on stderr', async () => {
    const { exitCode, stdout, stderr } = await havre('token create ci --scope team/**:pull,push --expires 30d');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^havre_[\w-]{43}\n$/);
    expect(stderr).toContain('With it one may pull, push in team/**, until 2026-12-20 10:00 UTC.');
    expect(stderr).toContain('docker login localhost:5000 --username ci ');
    const identity = await identityOf(stdout.trim());
    expect(identity.allows('push', 'team/app')).toBe(true);
    expect(identity.allows('push', 'other')).toBe(false);
  });

  it('is JSON for programs', async () => {
    const { stdout, stderr } = await havre('token create ci --scope team/**:pull,push --expires 30d --json');
    const json = JSON.parse(stdout) as { token: string };
    expect(stderr).toBe('');
    expect(json).toMatchObject({
      name: 'ci',
      scope: [{ pattern: 'team/**', actions: ['pull', 'push'] }],
      expiresAt: '2026-12-20T10:00:00.000Z',
    });
    expect((await identityOf(json.token)).principal.name).toBe('ci');
  });

  it('takes several scopes', async () => {
    const { stdout } = await havre('token create ci --scope a/*:pull --scope b:push,delete --json');
    expect(JSON.parse(stdout)).toMatchObject({
      scope: [
        { pattern: 'a/*', actions: ['pull'] },
        { pattern: 'b', actions: ['push', 'delete'] },
      ],
    });
  });

  it('ends after 90 days when nothing is said, and never when that is said', async () => {
    expect(JSON.parse((await havre('token create a --json')).stdout)).toMatchObject({
      expiresAt: '2027-02-18T10:00:00.000Z',
    });
    expect(JSON.parse((await havre('token create b --expires never --json')).stdout)).toMatchObject({
      expiresAt: null,
    });
  });

  it('says that a robot without scope has only its grants', async () => {
    expect((await havre('token create ci')).stderr).toContain("havre grant add --token ci 'team/**' pull");
  });

  it('acts for a user', async () => {
    await havre('user add bob --admin --generate');
    const { stdout, stderr } = await havre('token create laptop --user bob --expires 1d');
    expect(stderr).toContain('whatever bob may, until 2026-11-21 10:00 UTC');
    expect((await identityOf(stdout.trim())).isAdministrator).toBe(true);
  });

  it('names the registry as clients call it', async () => {
    const configuration = async () => ({
      problems: [],
      warnings: [],
      settings: { ...SETTINGS, publicUrl: 'https://registry.example.org' },
    });
    const host = {
      diagnosis: {
        configuration,
        holderOf: async () => undefined,
        htpasswd: () => ({ users: 0, problems: [] }),
        database: async () => undefined,
      },
    };
    const { stderr } = await havre('token create ci', { host });
    expect(stderr).toContain('docker login registry.example.org --username ci ');
  });

  const refused = [
    ['an unknown action', 'token create ci --scope a:read', 2, '"read" is no action'],
    ['a scope without actions', 'token create ci --scope a', 2, "like 'team/**:pull,push'"],
    ['a pattern that cannot be', 'token create ci --scope Team/*:pull', 2, 'lowercase'],
    ['a time that is over', 'token create ci --expires 2026-11-19', 2, 'in the past'],
    ['a time that is none', 'token create ci --expires soon', 2, 'like 30d'],
    ['a user that does not exist', 'token create ci --user bob', 1, 'There is no user "bob"'],
  ] as const;
  for (const [what, line, exitCode, message] of refused) {
    it(`is refused with ${what}`, async () => {
      const result = await havre(line);
      expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
      expect(result.stderr).toContain(message);
    });
  }
});

describe('havre token list', () => {
  it('says what to do when there are none', async () => {
    expect((await havre('token list')).stdout).toStartWith('There are no tokens. Make one: havre token create NAME');
  });

  it('shows what each may, and until when', async () => {
    await havre('user add bob --generate');
    await havre('token create ci --scope team/**:pull,push --expires 30d');
    await havre('token create laptop --user bob --expires never');
    expect((await havre('token list')).stdout).toBe(
      [
        'NAME    USER  MAY                    STATE   ENDS                  LAST USED',
        'ci      -     pull, push in team/**  active  2026-12-20 10:00 UTC  never',
        'laptop  bob   all that bob may       active  never                 never',
        '',
      ].join('\n'),
    );
  });

  it('shows revoked ones only when asked', async () => {
    await havre('token create ci');
    await havre('token revoke ci');
    expect((await havre('token list --json')).stdout).toBe('[]\n');
    expect((await havre('token list --all')).stdout).toContain('revoked  2026-11-20 10:00 UTC');
  });
});

describe('havre token revoke', () => {
  it('ends the token at once', async () => {
    const secret = (await havre('token create ci')).stdout.trim();
    await identityOf(secret);
    const { exitCode, stdout } = await havre('token revoke ci');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Revoked ci: it works no more.\n' });
    expect(await identityOf(secret).catch(() => 'refused')).toBe('refused');
  });

  it('knows which', async () => {
    const { exitCode, stderr } = await havre('token revoke ci');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no token "ci"');
  });
});
