import { describe, expect, it } from 'bun:test';
import { runHavre } from '../../test/support/cli.ts';
import { CannotReachError, InterruptedError } from './cli-error.ts';

const COMMANDS = [
  ['serve'],
  ['user', 'add'],
  ['user', 'list'],
  ['user', 'passwd'],
  ['user', 'remove'],
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'revoke'],
  ['grant', 'add'],
  ['grant', 'list'],
  ['grant', 'remove'],
  ['tls', 'init'],
  ['garbage-collect'],
  ['doctor'],
  ['version'],
];

describe('help', () => {
  for (const command of COMMANDS) {
    it(`of ${command.join(' ')} has examples to paste`, async () => {
      const { exitCode, stdout, stderr } = await runHavre([...command, '--help']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain('Examples:\n  havre ');
    });
  }

  it('says what the exit codes mean', async () => {
    const { exitCode, stdout } = await runHavre(['--help']);
    expect(exitCode).toBe(0);
    for (const code of ['0 ', '1 ', '2 ', '3 ', '130']) expect(stdout).toContain(`\n  ${code}`);
  });

  it('is what one gets for no command at all, as a mistake', async () => {
    for (const args of [[], ['user']]) {
      const { exitCode, stdout, stderr } = await runHavre(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toStartWith('Usage: havre');
    }
  });
});

describe('a command line that is wrong', () => {
  const wrong = [
    ['an unknown command', ['usr'], 'unknown command'],
    ['an unknown option', ['user', 'list', '--jsno'], 'Did you mean --json?'],
    ['a missing argument', ['user', 'add'], "missing required argument 'name'"],
    ['too many arguments', ['user', 'add', 'bob', 'ada'], 'too many arguments'],
  ] as const;
  for (const [what, args, message] of wrong) {
    it(`ends with 2: ${what}`, async () => {
      const { exitCode, stdout, stderr } = await runHavre(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(message);
    });
  }

  it('is JSON on stderr for programs', async () => {
    const { stderr } = await runHavre(['user', 'add', '--json']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' } });
  });
});

describe('what goes wrong', () => {
  it('ends with 3 when nothing can be reached', async () => {
    const localAdmin = (): Promise<never> => Promise.reject(new CannotReachError('/srv/havre is used by process 7.'));
    const { exitCode, stderr } = await runHavre(['user', 'list'], { host: { localAdmin } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: 'havre: /srv/havre is used by process 7.\n' });
  });

  it('ends with 130 after Ctrl-C', async () => {
    const localAdmin = (): Promise<never> => Promise.reject(new InterruptedError());
    expect((await runHavre(['user', 'list'], { host: { localAdmin } })).exitCode).toBe(130);
  });

  it('is nothing when whoever reads it has read enough', async () => {
    const closed = Object.assign(new Error('EPIPE: broken pipe, write'), { code: 'EPIPE' });
    const { exitCode, stderr } = await runHavre(['user', 'list'], {
      host: { localAdmin: () => Promise.reject(closed) },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: '' });
  });

  it('is never a stack, even when it is a mistake of ours', async () => {
    const seen: unknown[] = [];
    const localAdmin = (): Promise<never> => Promise.reject(new TypeError('x is not a function'));
    const host = { localAdmin, onUnexpected: (error: unknown) => void seen.push(error) };
    const { exitCode, stderr } = await runHavre(['user', 'list'], { host });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('havre: Something unexpected went wrong: x is not a function\n');
    expect(seen).toHaveLength(1);
  });
});

describe('version', () => {
  it('is what the program is', async () => {
    expect((await runHavre(['--version'])).stdout).toBe('1.2.3\n');
    expect((await runHavre(['version'])).stdout).toStartWith('havre 1.2.3 (Bun ');
    expect(JSON.parse((await runHavre(['version', '--json'])).stdout)).toMatchObject({ version: '1.2.3' });
  });
});
