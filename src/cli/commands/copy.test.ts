import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { imageOf, randomBlob, type Image } from '../../../test/support/image.ts';
import { openOddRegistry } from '../../../test/support/odd-registry.ts';
import { newRepository, openRegistry, type RegistryUnderTest } from '../../../test/support/registry-under-test.ts';
import { loginIn } from '../../../test/support/remote.ts';
import { CopyProgress } from '../../copying/progress.ts';
import { copyBar } from '../copy-bar.ts';

const stack = new AsyncDisposableStack();
let registry: RegistryUnderTest;
let folder: string;
let host: string;

beforeAll(async () => {
  registry = stack.use(await openRegistry());
  host = new URL(registry.url).host;
  folder = temporaryFolder('copy');
  const auth = registry.authorization.replace('Basic ', '');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
});
afterAll(async () => {
  await stack.disposeAsync();
  removeFolder(folder);
});

async function pushed(...tags: readonly string[]): Promise<{ name: string; image: Image }> {
  const name = newRepository();
  const image = imageOf([randomBlob(2000)]);
  for (const tag of tags) await registry.client.pushImage(name, image, tag);
  return { name, image };
}

/** As somebody who ran `docker login`. */
function copy(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const logins = { files: [join(folder, 'config.json')] };
  return runHavre(['copy', ...args], { ...options, host: { logins, ...options.host } });
}

describe('havre copy', () => {
  it('copies with the login of docker, and says what it did', async () => {
    const { name, image } = await pushed('1.0');
    const to = newRepository();
    const { exitCode, stdout, stderr } = await copy([`${host}/${name}:1.0`, `${host}/${to}`]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toStartWith(`Copied ${host}/${name}:1.0 to ${host}/${to}:1.0.\n1.0: ${image.manifest.digest}\n`);
    expect(stdout).toContain('2 mounted from next door');
    expect(await registry.client.pullManifest(to, '1.0')).toEqual(image.manifest.bytes);
  });

  it('is JSON for programs', async () => {
    const { name, image } = await pushed('latest');
    const { stdout } = await copy([`${host}/${name}`, `${host}/${newRepository()}:2`, '--json', '--dry-run']);
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: true,
      images: [{ tag: '2', digest: image.manifest.digest, outcome: 'copied' }],
      manifests: { copied: 1 },
    });
  });

  it('copies the tags that are named, or all', async () => {
    const { name } = await pushed('1.0', '1.1', 'latest');
    const to = newRepository();
    await copy(['--tags', '1.*', `${host}/${name}`, `${host}/${to}`, '-q']);
    expect(await registry.client.tags(to)).toEqual(['1.0', '1.1']);
    const { stdout } = await copy(['--all-tags', `${host}/${name}`, `${host}/${to}`]);
    expect(stdout).toContain('3 tags, of which 2 were the same there already.');
  });

  it('takes a login from the command line, and never prints a password', async () => {
    const { name } = await pushed('1');
    const [username, password] = loginIn(registry.authorization);
    const login = ['--source-login', username, '--source-password-stdin'];
    const both = [...login, '--destination-login', username, '--destination-password-file', join(folder, 'password')];
    writeFileSync(join(folder, 'password'), `${password}\n`);
    const nobody = { host: { logins: { files: [] } } };
    const good = await copy([...both, `${host}/${name}:1`, `${host}/${newRepository()}`], {
      ...nobody,
      stdin: `${password}\n`,
    });
    expect(good).toMatchObject({ exitCode: 0, stderr: '' });
    const bad = await copy([...login, `${host}/${name}:1`, `${host}/${newRepository()}`], {
      ...nobody,
      stdin: 'not-the-password\n',
    });
    expect(bad.exitCode).toBe(1);
    expect(bad.stdout + bad.stderr).toContain('401');
    expect(bad.stdout + bad.stderr).not.toContain('not-the-password');
  });

  it('ends with 1 when there is nothing to copy, or not for the platform', async () => {
    const { name } = await pushed('1');
    const absent = await copy([`${host}/${name}:2`, `${host}/${name}:3`]);
    expect(absent).toMatchObject({ exitCode: 1, stderr: `havre: ${host}/${name} has no 2.\n` });
  });

  it('ends with 3 when an end cannot be reached', async () => {
    const gone = await openOddRegistry(() => undefined);
    await gone[Symbol.asyncDispose]();
    const { name } = await pushed('1');
    const { exitCode, stderr } = await copy([`${host}/${name}:1`, `${gone.host}/app`, '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'UNREACHABLE' } });
  });

  it('ends with 130 at Ctrl-C, at once, even if an end says nothing', async () => {
    const controller = new AbortController();
    await using silent = await openOddRegistry(() => controller.abort());
    const options = { host: { interruption: () => controller.signal } };
    const { exitCode, stderr } = await copy([`${silent.host}/app`, `${host}/${newRepository()}`], options);
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'havre: Interrupted.\n' });
  });

  const wrong: readonly (readonly [why: string, ...args: string[]])[] = [
    ['no reference', 'localhost:5000/App', 'localhost:5000/b'],
    ['a tag for all tags', '--all-tags', 'localhost:5000/a:1', 'localhost:5000/b'],
    ['all tags and some', '--all-tags', '--tags', '1.*', 'localhost:5000/a', 'localhost:5000/b'],
    ['no pattern', '--tags', 'a b', 'localhost:5000/a', 'localhost:5000/b'],
    ['no platform', '--platform', 'amd64', 'localhost:5000/a', 'localhost:5000/b'],
    ['no jobs', '--jobs', '0', 'localhost:5000/a', 'localhost:5000/b'],
    ['a password of nobody', '--source-password-stdin', 'localhost:5000/a', 'localhost:5000/b'],
    ['no password', '--source-login', 'bob', 'localhost:5000/a', 'localhost:5000/b'],
  ];
  for (const [why, ...args] of wrong) {
    it(`ends with 2: ${why}`, async () => expect((await copy(args)).exitCode).toBe(2));
  }

  it('leaves a clean line at a terminal', async () => {
    const { name } = await pushed('1');
    const { stderr } = await copy([`${host}/${name}:1`, `${host}/${newRepository()}`], { isTerminal: true });
    expect(stderr).not.toContain('\n');
    expect(stderr.split('\r\u001B[K').at(-1)).toBe('');
  });
});

describe('the bar', () => {
  it('has bytes, rate, counts and the time that is left', () => {
    const progress = new CopyProgress();
    progress.blobFound(3 * 1024 ** 3);
    progress.blobFound(100);
    progress.blobSpared('present', 100);
    progress.followBlob()(1024 ** 3);
    expect(copyBar(progress, 16 * 1024 ** 2)).toBe(
      '[######--------------]  33 %  1.0 GiB of 3.0 GiB  16 MiB/s  1 of 2 blobs, 0 manifests  2 min left',
    );
  });

  it('has no bytes where there are none to send', () => {
    expect(copyBar(new CopyProgress(), 0)).toBe('0 of 0 blobs, 0 manifests');
  });
});
