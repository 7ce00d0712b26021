import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';

const SECRET = 'canary-in-use';
const NEW_SECRET = 'canary-to-come';

let installation: Installation;
let fake: Fake;
let folder: string;

beforeEach(async () => {
  installation = await openInstallation();
  fake = startFakeGeneric();
  fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
  folder = temporaryFolder('registries');
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
  removeFolder(folder);
});

function havre(line: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runHavre(['registries', ...line], { installation, ...options });
}

async function add(name = 'one', more: readonly string[] = []): Promise<string> {
  const line = ['add', name, fake.url, '-u', 'bob', '--password-stdin', '--json', ...more];
  const { stdout, exitCode, stderr } = await havre(line, { stdin: `${SECRET}\n` });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return (JSON.parse(stdout) as { id: string }).id;
}

describe('havre registries add', () => {
  it('takes the password from stdin, tries it, and says what may be done', async () => {
    const line = ['add', 'one', fake.url, '--username', 'bob', '--password-stdin'];
    const { exitCode, stdout } = await havre(line, { stdin: `${SECRET}\n` });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Added one: reg-[0-9a-z]+, generic\.\nIt works/);
    expect(stdout).not.toContain(SECRET);
  });

  it('asks for the password at a terminal, without showing it', async () => {
    const options = { isTerminal: true, stdin: `${SECRET}\r` };
    const { exitCode, stdout, stderr } = await havre(['add', 'one', fake.url, '-u', 'bob'], options);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('It works');
    expect(stderr).toContain(`Password of ${fake.url}: `);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it('asks for no password where the machine is to log in, and says what the operator has to say to that', async () => {
    const url = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
    const { exitCode, stderr } = await havre(['add', 'ecr', url, '--form', 'ambient']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('registries.ambientAws');
    expect(stderr).not.toContain('password');
  });

  it('takes a key of several lines from a file', async () => {
    const key = '{\n  "type": "service_account"\n}';
    fake.users.set('bob', { username: 'bob', secret: key, rights: ALL_RIGHTS });
    writeFileSync(join(folder, 'key.json'), `${key}\n`);
    const line = ['add', 'one', fake.url, '-u', 'bob', '--password-file', join(folder, 'key.json')];
    expect((await havre(line)).stdout).toContain('It works');
  });

  it('says what is wrong, and keeps the registry all the same', async () => {
    const line = ['add', 'one', fake.url, '-u', 'bob', '--password-stdin'];
    const { exitCode, stdout } = await havre(line, { stdin: 'guess' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('It does not work (wrong-credentials)');
    expect((await havre(['list'])).stdout).toContain('failing');
  });

  const refused = [
    ['a password as an argument', ['--password=hunter2'], 'say --password-stdin or --password-file'],
    ['one behind -p', ['-p', 'hunter2'], 'stays in the history of the shell'],
    ['one without a value', ['--password'], 'say --password-stdin'],
    ['two passwords', ['--password-stdin', '--password-file', 'x'], 'say one of them'],
    ['no password, and nobody to ask', [], 'There is no terminal to ask'],
    ['a kind that there is none', ['--kind', 'floppy', '--anonymous'], 'docker-hub'],
  ] as const;
  for (const [what, more, message] of refused) {
    it(`refuses ${what}`, async () => {
      const { exitCode, stdout, stderr } = await havre(['add', 'one', fake.url, ...more]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(message);
      expect(stdout + stderr).not.toContain('hunter2');
      expect((await havre(['list', '--json'])).stdout).toBe('[]\n');
    });
  }
});

describe('havre registries', () => {
  it('are listed and shown, by id and by name', async () => {
    const id = await add();
    const { stdout: list } = await havre(['list']);
    expect(list.split('\n')[0]).toMatch(/^ID +NAME +PROJECT +KIND +URL +USERNAME +STATE +SECRET$/);
    expect(list).toMatch(new RegExp(`${id} +one +default +generic +${fake.host} +bob +valid +0 days old`));
    for (const named of [id, 'one']) {
      const { stdout } = await havre(['show', named]);
      expect(stdout).toMatch(new RegExp(`^id +${id}\n`));
      expect(stdout).toContain(`http://${fake.host}`);
    }
    await add('one', ['--project', 'pn-1']);
    const { exitCode, stderr } = await havre(['show', 'one']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Several projects have a registry "one"');
    expect((await havre(['show', 'one', '--project', 'pn-1'])).exitCode).toBe(0);
    expect(await havre(['show', 'nothing'])).toMatchObject({ exitCode: 1 });
  });

  it('are tried, and their checks are listed', async () => {
    await add();
    expect(await havre(['test', 'one'])).toMatchObject({ exitCode: 0 });
    fake.users.delete('bob');
    const { exitCode, stdout } = await havre(['test', 'one']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('wrong-credentials');
    expect((await havre(['checks', 'one'])).stdout).toContain('wrong-credentials');
  });

  it('are changed and removed', async () => {
    await add();
    expect((await havre(['update', 'one', '--name', 'two', '--rotate-after-days', '30'])).exitCode).toBe(0);
    const { stdout } = await havre(['show', 'two', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'two', credential: { rotateAfterDays: 30 } });
    expect(await havre(['update', 'two'])).toMatchObject({ exitCode: 2 });
    expect((await havre(['update', 'two', '--anonymous', '--username', ''])).exitCode).toBe(0);
    expect((await havre(['show', 'two'])).stdout).toMatch(/secret +none/);
    await havre(['update', 'two', '-u', 'bob', '--password-stdin'], { stdin: SECRET });
    const moved = await havre(['update', 'two', '--url', 'https://registry.example.org']);
    expect(moved.stderr).toContain('Give the secret again');
    expect((await havre(['remove', 'two'])).stdout).toStartWith('Forgot two (reg-');
    expect((await havre(['list'])).stdout).toStartWith('There are no registries here.');
  });

  it('have their secret replaced, and back', async () => {
    await add();
    const rotate = (more: readonly string[], stdin = ''): Promise<CliResult> =>
      havre(['rotate', 'one', ...more], { stdin });
    const early = await rotate(['--password-stdin'], NEW_SECRET);
    expect(early.exitCode).toBe(1);
    expect(early.stdout).toContain('The old secret stays in use.');
    fake.users.set('bob', { username: 'bob', secret: NEW_SECRET, rights: ALL_RIGHTS });
    expect((await rotate(['--password-stdin', '--no-switch'], NEW_SECRET)).stdout).toContain('It waits');
    expect((await rotate([])).stdout).toContain('Switched');
    expect((await rotate(['--confirm'])).stdout).toContain('Confirmed');
    expect((await havre(['test', 'one'])).exitCode).toBe(0);
    expect((await rotate(['--cancel'])).exitCode).toBe(1);
    expect((await rotate(['--cancel', '--confirm'])).exitCode).toBe(2);
  });

  it('have kinds', async () => {
    const { stdout } = await havre(['kinds']);
    expect(stdout).toContain('--kind generic');
    expect((await havre(['kinds', 'https://registry.example.org'])).stdout).toContain('--kind generic');
  });
});

describe('havre registries apply', () => {
  const write = (text: string): string => {
    const file = join(folder, 'registries.yaml');
    writeFileSync(file, text);
    return file;
  };
  const results = async (file: string, ...more: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await havre(['apply', '-f', file, '--json', ...more]);
    return (JSON.parse(stdout) as { name: string; result: string }[]).map(({ name, result }) => `${name} ${result}`);
  };

  it('takes one registry, several, and a list, and is done when it is done', async () => {
    const one = `name: Docker Hub\nurl: docker.io\nusername: myuser\npassword: ${SECRET}\n`;
    const two = `# of the company\nname: Private Registry\nurl: registry.example.org\nusername: admin\npassword: ${SECRET}\n`;
    expect(await results(write(one))).toEqual(['Docker Hub created']);
    expect(await results(write(`---\n${one}---\n${two}`))).toEqual([
      'Docker Hub unchanged',
      'Private Registry created',
    ]);
    const list = `- name: Docker Hub\n  url: docker.io\n- name: Private Registry\n  url: registry.example.org\n  password: ${NEW_SECRET}\n`;
    expect(await results(write(list))).toEqual(['Docker Hub unchanged', 'Private Registry updated']);
    const { stdout, stderr } = await havre(['apply', '-f', write(list)]);
    expect(stdout).toMatch(/Private Registry +default +reg-[0-9a-z]+ +unchanged/);
    expect(stdout + stderr).not.toContain('canary');
  });

  it('does nothing for a dry run', async () => {
    const file = write(`name: one\nurl: ${fake.url}\nusername: bob\npassword: ${SECRET}\n`);
    expect(await results(file, '--dry-run')).toEqual(['one created']);
    expect((await havre(['list', '--json'])).stdout).toBe('[]\n');
    await havre(['apply', '-f', file]);
    const changed = write(`name: one\nurl: ${fake.url}\nusername: carol\npassword: ${NEW_SECRET}\n`);
    const { stdout } = await havre(['apply', '-f', changed, '--dry-run']);
    expect(stdout).toContain('WOULD BE');
    expect(stdout).toMatch(/updated +username, password/);
    expect((await havre(['show', 'one', '--json'])).stdout).toContain('"username": "bob"');
  });

  it('says for a dry run what would be refused, and why', async () => {
    const file = write('- name: one\n  url: ftp://x\n- name: two\n  url: registry.example.org\n  form: retina\n');
    const { exitCode, stdout } = await havre(['apply', '-f', file, '--dry-run']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/one +default +refused +.*ftp/);
    expect(stdout).toMatch(/two +default +refused +.*password/);
  });

  it('takes a password from a file beside it, and the file from stdin', async () => {
    writeFileSync(join(folder, 'token.txt'), `${SECRET}\n`);
    const file = write(`name: one\nurl: ${fake.url}\nusername: bob\npasswordFile: token.txt\n`);
    expect(await results(file)).toEqual(['one created']);
    expect((await havre(['test', 'one'])).exitCode).toBe(0);
    const text = `name: one\nurl: ${fake.url}\nproject: pn-1\n`;
    const { stdout } = await havre(['apply', '-f', '-'], { stdin: text });
    expect(stdout).toMatch(/one +pn-1 +reg-\w+ +created/);
  });

  it('goes on behind a registry that is refused', async () => {
    const file = write('- name: one\n  url: ftp://x\n- name: two\n  url: registry.example.org\n');
    const { exitCode, stdout } = await havre(['apply', '-f', file]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/one +default +refused/);
    expect(stdout).toMatch(/two +default +reg-\w+ +created/);
  });

  const wrong = [
    ['without a url', `name: one\npassword: ${SECRET}\n`, 'line 1: url is missing'],
    ['with a number for a password', 'name: one\nurl: ghcr.io\npassword: 0123\n', 'line 3: password must be a text'],
    ['with a field there is none', 'name: one\nurl: ghcr.io\n\npasswort: x\n', 'line 4: there is no field "passwort"'],
    ['with a mistake in the second', 'name: a\nurl: b\n---\n# two\nname: c\nurl: 7\n', 'line 6: url must be a text'],
    ['with a mistake in a list', '- name: a\n  url: b\n- name: c\n  url: [d]\n', 'line 4: url must be a text'],
    ['that is no YAML', `name: a\nurl: b\npassword: "${SECRET}\nusername: x\n`, 'line 3: it is no YAML'],
    [
      'that says one twice',
      'name: a\nurl: b\n---\nname: a\nurl: c\n',
      'line 4: there is a registry of this name above',
    ],
    ['that is a text', 'hello\n', 'line 1: a registry is a name, a url'],
    ['that is empty', '# nothing\n', 'is empty'],
  ] as const;
  for (const [what, text, message] of wrong) {
    it(`refuses a file ${what}, and does nothing`, async () => {
      const { exitCode, stdout, stderr } = await havre(['apply', '-f', write(text)]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(message);
      expect(stdout + stderr).not.toContain('canary');
      expect((await havre(['list', '--json'])).stdout).toBe('[]\n');
    });
  }
});

describe('havre grant add', () => {
  it('grants what may be done with the registries of a project', async () => {
    await runHavre(['user', 'add', 'alice', '--generate'], { installation });
    const grant = (...actions: readonly string[]): Promise<CliResult> =>
      runHavre(['grant', 'add', '--user', 'alice', 'pn-123456', ...actions], { installation });
    expect((await grant('registries:use')).stdout).toBe(
      'Granted: user alice may registries:use in projects pn-123456.\n',
    );
    const mixed = await grant('pull,registries:use');
    expect(mixed.exitCode).toBe(2);
    expect(mixed.stderr).toContain('say them apart, in two commands');
    await grant('pull');
    const { stdout } = await runHavre(['grant', 'list'], { installation });
    expect(stdout).toMatch(/user alice +projects pn-123456 +registries:use/);
    const removed = await runHavre(['grant', 'remove', '--user', 'alice', 'pn-123456'], { installation });
    expect(removed.stderr).toContain('say the id');
  });
});
