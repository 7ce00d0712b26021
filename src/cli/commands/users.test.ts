import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(line: string, options: CliOptions = {}): Promise<CliResult> {
  return runHavre(line.split(' '), { installation, ...options });
}

async function canLogIn(name: string, password: string): Promise<boolean> {
  try {
    await installation.auth.authenticator.identify(basicAuthorization(name, password), { source: '192.0.2.1' });
    return true;
  } catch {
    return false;
  }
}

describe('havre user add', () => {
  it('takes the password from stdin', async () => {
    const { exitCode, stdout, isClosed } = await havre('user add bob --password-stdin', { stdin: 'päss word 12\r\n' });
    expect({ exitCode, stdout, isClosed }).toEqual({ exitCode: 0, stdout: 'Added bob.\n', isClosed: true });
    expect(await canLogIn('bob', 'päss word 12')).toBe(true);
  });

  it('says how to let the user do something', async () => {
    const { stderr } = await havre('user add bob --password-stdin', { stdin: 'pass word 12' });
    expect(stderr).toContain("havre grant add --user bob 'team/**' pull,push");
  });

  it('makes an administrator', async () => {
    const { stdout, stderr } = await havre('user add bob --admin --password-stdin', { stdin: 'pass word 12' });
    expect(stdout).toBe('Added bob, who may do everything.\n');
    expect(stderr).toBe('');
    expect(await installation.auth.users.get('bob')).toMatchObject({ isAdministrator: true });
  });

  it('asks at a terminal, twice, and shows nothing of what is typed', async () => {
    const { exitCode, stdout, stderr } = await havre('user add bob', {
      stdin: 'pass wordX\u007F 12\rpass word 12\r',
      isTerminal: true,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toStartWith('New password for bob: \nThe same again: \n');
    expect(stdout + stderr).not.toContain('word 12');
    expect(await canLogIn('bob', 'pass word 12')).toBe(true);
  });

  it('changes nothing when the two are not the same', async () => {
    const { exitCode, stderr } = await havre('user add bob', {
      stdin: 'pass word 12\rpass word 13\r',
      isTerminal: true,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('not the same');
    expect(await installation.auth.users.list()).toEqual([]);
  });

  it('is over after Ctrl-C', async () => {
    const { exitCode, isClosed } = await havre('user add bob', { stdin: 'pass\u0003', isTerminal: true });
    expect({ exitCode, isClosed }).toEqual({ exitCode: 130, isClosed: true });
  });

  it('makes a password, and shows it once', async () => {
    const { stdout } = await havre('user add bob --generate');
    const [, password = ''] = /^Added bob\.\nPassword, shown this once: (\S+)\n$/.exec(stdout) ?? [];
    expect(await canLogIn('bob', password)).toBe(true);
    const json = JSON.parse((await havre('user add ada --generate --json')).stdout) as {
      name: string;
      password: string;
    };
    expect(json).toMatchObject({ name: 'ada', isAdministrator: false });
    expect(await canLogIn('ada', json.password)).toBe(true);
  });

  const refused = [
    ['without a way to learn the password', 'user add bob', '', 2, 'say --password-stdin or --generate'],
    ['with an empty stdin', 'user add bob --password-stdin', '', 2, 'no password on stdin'],
    ['with an empty line', 'user add bob --password-stdin', '\n', 2, 'no password on stdin'],
    ['with two lines', 'user add bob --password-stdin', 'pass word 12\nmore\n', 2, 'one line'],
    ['told to do both', 'user add bob --password-stdin --generate', 'pass word 12', 2, 'say one of them'],
    ['with a short password', 'user add bob --password-stdin', 'short', 1, 'at least 8 characters'],
    ['with a name nobody can send', 'user add b:b --password-stdin', 'pass word 12', 1, 'letters, digits'],
  ] as const;
  for (const [what, line, stdin, exitCode, message] of refused) {
    it(`is refused ${what}`, async () => {
      const result = await havre(line, { stdin });
      expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
      expect(result.stderr).toContain(message);
      expect(await installation.auth.users.list()).toEqual([]);
    });
  }

  it('says so when the name is taken', async () => {
    await havre('user add bob --generate');
    const { exitCode, stderr } = await havre('user add bob --generate --json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'ACCOUNT_TAKEN', message: 'There is a user "bob" already.' },
    });
  });
});

describe('havre user list', () => {
  it('says what to do when there is nobody', async () => {
    expect((await havre('user list')).stdout).toBe('There are no users. Add one: havre user add NAME\n');
    expect((await havre('user list --json')).stdout).toBe('[]\n');
  });

  it('shows everybody in columns', async () => {
    await havre('user add bob --generate');
    await havre('user add administrator --generate --admin');
    expect((await havre('user list')).stdout).toBe(
      [
        'NAME           ADMINISTRATOR  FROM   SINCE',
        'administrator  yes            Havre  2026-11-20 10:00 UTC',
        'bob            no             Havre  2026-11-20 10:00 UTC',
        '',
      ].join('\n'),
    );
  });

  it('is JSON for programs', async () => {
    await havre('user add bob --generate');
    const bob = { name: 'bob', isAdministrator: false, origin: 'added', createdAt: '2026-11-20T10:00:00.000Z' };
    expect(JSON.parse((await havre('user list --json')).stdout)).toEqual([bob]);
  });
});

describe('havre user passwd', () => {
  it('changes the password', async () => {
    await havre('user add bob --password-stdin', { stdin: 'pass word 12' });
    const { exitCode, stdout } = await havre('user passwd bob --password-stdin', { stdin: 'pass word 13' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Changed the password of bob.\n' });
    expect(await canLogIn('bob', 'pass word 12')).toBe(false);
    expect(await canLogIn('bob', 'pass word 13')).toBe(true);
  });

  it('knows whom', async () => {
    const { exitCode, stderr } = await havre('user passwd bob --generate');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'havre: There is no user "bob".\n' });
  });
});

describe('havre user remove', () => {
  it('removes the user', async () => {
    await havre('user add bob --generate');
    const { exitCode, stdout } = await havre('user remove bob');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Removed bob, with their tokens and grants.\n' });
    expect(await installation.auth.users.list()).toEqual([]);
  });

  it('leaves the last administrator', async () => {
    await havre('user add bob --admin --generate');
    const { exitCode, stderr } = await havre('user remove bob');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the last administrator');
  });
});

it('works on the data folder and the configuration that are named', async () => {
  const { overrides } = await havre('user list --data /srv/havre --config /etc/havre.yaml');
  expect(overrides).toEqual([{ data: '/srv/havre', config: '/etc/havre.yaml' }]);
  expect((await havre('user list')).overrides).toEqual([{}]);
});

describe('havre user logout', () => {
  it('ends the sessions of a user, and lets the password be', async () => {
    const { users, sessions } = installation.auth;
    await users.create({ name: 'bob', password: 'pass word 12' });
    const begin = () => sessions.begin({ username: 'bob', password: 'pass word 12' }, SOMEBODY);
    const begun = [await begin(), await begin()];
    expect(await havre('user logout bob')).toMatchObject({ exitCode: 0, stdout: 'Ended 2 sessions of bob.\n' });
    for (const { secret } of begun) expect(await sessions.identify(secret)).toBeUndefined();
    expect(await canLogIn('bob', 'pass word 12')).toBe(true);
  });

  it('says so when there is nothing to end, and when there is nobody', async () => {
    await installation.auth.users.create({ name: 'bob', password: 'pass word 12' });
    expect((await havre('user logout bob')).stdout).toBe('bob has no sessions.\n');
    expect((await havre('user logout bob --json')).stdout).toBe('{\n  "ended": 0\n}\n');
    expect(await havre('user logout eve')).toMatchObject({ exitCode: 1, stderr: 'havre: There is no user "eve".\n' });
  });
});
