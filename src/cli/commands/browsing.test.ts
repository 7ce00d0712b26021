import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { descriptorOf, imageOf } from '../../../test/support/image.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';

const SECRET = 'canary-in-use';

let installation: Installation;
let fake: Fake;
let app: FakeRepository;
let folder: string;

beforeEach(async () => {
  installation = await openInstallation();
  fake = startFakeGeneric();
  fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
  app = new FakeRepository('team/app');
  fake.repositories.set('team/app', app);
  app.push({ tags: ['1.0', 'latest'], platforms: ['linux/amd64', 'linux/arm64/v8'] });
  app.push({ tags: ['2.0'] });
  folder = temporaryFolder('browsing');
  const auth = Buffer.from(`bob:${SECRET}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [fake.host]: { auth } } }));
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
  removeFolder(folder);
});

async function havre(line: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const host = { logins: { files: [join(folder, 'config.json')] } };
  const result = await runHavre(line, { installation, host, ...options });
  expect(result.stdout + result.stderr).not.toContain(SECRET);
  return result;
}

async function connect(): Promise<string> {
  const line = ['registries', 'add', 'one', fake.url, '-u', 'bob', '--password-stdin', '--json'];
  return (JSON.parse((await havre(line, { stdin: `${SECRET}\n` })).stdout) as { id: string }).id;
}

/** Each way to name the same registry. */
const WAYS: readonly (readonly [string, () => Promise<{ name: string; more: string[] }>])[] = [
  ['by its id', async () => ({ name: await connect(), more: [] })],
  ['by its name', async () => ({ name: await connect().then(() => 'one'), more: [] })],
  ['by its host', async () => ({ name: await connect().then(() => fake.host), more: [] })],
  ['that is not connected', async () => ({ name: fake.host, more: [] })],
  ['without asking Havre', async () => ({ name: fake.host, more: ['--direct'] })],
];

for (const [what, start] of WAYS) {
  describe(`a registry ${what}`, () => {
    it('is listed, with the tags of a repository', async () => {
      const { name, more } = await start();
      expect((await havre(['ls', name, ...more])).stdout).toContain('team/app');
      const { stdout, stderr } = await havre(['tags', `${name}/team/app`, '--limit', '2', ...more]);
      expect(stdout).toMatch(/^TAG .*\n1\.0 .*\n2\.0 .*\n$/);
      expect(stderr).toContain('--all');
      const all = await havre(['tags', `${name}/team/app`, '--all', '--json', ...more]);
      expect(JSON.parse(all.stdout)).toMatchObject({ isMore: false, tags: [{}, {}, { name: 'latest' }] });
    });

    it('shows an image, also as it is', async () => {
      const { name, more } = await start();
      const { stdout } = await havre(['inspect', `${name}/team/app:1.0`, ...more]);
      expect(stdout).toContain(`digest      ${app.tags.get('1.0')}`);
      expect(stdout).toMatch(/linux\/arm64\/v8 .* 977 KiB .*2026-02-01/);
      const raw = await havre(['inspect', `${name}/team/app:1.0`, '--raw', ...more]);
      expect(raw.stdout).toBe(app.find('1.0')?.text ?? '');
      const missing = await havre(['inspect', `${name}/team/app:9`, ...more]);
      expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
      expect(missing.stderr).toContain('There is no');
    });

    it('shows what refers to an image', async () => {
      const { name, more } = await start();
      const image = app.tags.get('2.0') ?? '';
      expect((await havre(['inspect', `${name}/team/app:2.0`, ...more])).stdout).not.toContain('REFERRER');
      const attached = app.push({ subject: image });
      const signature = app.push({ tags: [`${image.replace(':', '-')}.sig`] });
      const { stdout } = await havre(['inspect', `${name}/team/app:2.0`, '--refresh', ...more]);
      expect(stdout).toMatch(new RegExp(`REFERRER .*\\n.* ${attached} .*\\nsignature +${signature} .*\\.sig`));
      const json = await havre(['inspect', `${name}/team/app:2.0`, '--refresh', '--json', ...more]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        digest: image,
        referrers: [{ digest: attached, tag: null }, { digest: signature }],
        hasMoreReferrers: false,
      });
    });

    it('is measured, what is shared counted once', async () => {
      const { name, more } = await start();
      const amd64 = app.find('1.0')?.children[0] ?? '';
      app.tags.set('amd64', amd64);
      const { stdout } = await havre(['du', `${name}/team/app`, '--json', ...more]);
      const { total, unique, images } = JSON.parse(stdout) as { total: number; unique: number; images: unknown[] };
      expect(images).toHaveLength(3);
      expect(total).toBeGreaterThan(4_000_000);
      expect(unique).toBeLessThan(total - 1_000_000);
      expect((await havre(['du', `${name}/team/app:1.0`, ...more])).stdout).toContain('unique  1.9 MiB');
    });
  });
}

describe('this registry', () => {
  it('is looked into by its admin API', async () => {
    expect((await havre(['ls'])).stdout).toContain('There are no repositories');
    expect(await havre(['tags', 'team/app'])).toMatchObject({ exitCode: 1 });
    expect((await havre(['du', 'team/app'])).exitCode).toBe(1);
  });

  it('lists, shows and measures what it holds', async () => {
    const { bytes, mediaType, digest } = imageOf([]).manifest;
    const name = parseRepositoryName('team/app');
    const pushed = { bytes, contentType: mediaType, extraTags: [] };
    await installation.manifests.put(name, parseTagOrDigest('v1'), pushed, SOMEBODY);
    expect((await havre(['ls'])).stdout).toContain('team/app');
    expect((await havre(['tags', 'team/app'])).stdout).toContain(digest.slice(0, 19));
    expect((await havre(['inspect', 'team/app:v1'])).stdout).toContain(`digest      ${digest}`);
    expect((await havre(['inspect', 'team/app:v1', '--raw'])).exitCode).toBe(2);
    const signature = imageOf([], { subject: descriptorOf(imageOf([]).manifest) }).manifest;
    const attached = { bytes: signature.bytes, contentType: signature.mediaType, extraTags: [] };
    await installation.manifests.put(name, parseTagOrDigest(signature.digest), attached, SOMEBODY);
    expect((await havre(['inspect', 'team/app:v1'])).stdout).toMatch(
      new RegExp(`REFERRER .*\\n.* ${signature.digest} `),
    );
    expect((await havre(['du', 'team/app:v1'])).stdout).toContain('total ');
  });

  it('has no whole that has tags', async () => {
    const name = await connect();
    const { exitCode, stderr } = await havre(['tags', name]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('name a repository in it');
  });
});

describe('a host that several projects are connected to', () => {
  it('is asked as whom the first of them knows, unless another is meant', async () => {
    await connect();
    installation.clock.now = new Date(installation.clock.now.getTime() + 86_400_000);
    const line = ['registries', 'add', 'one', `${fake.url}/team`, '-u', 'eve', '--project', 'another', '--no-check'];
    expect((await havre([...line, '--password-stdin'], { stdin: 'no secret of this registry' })).exitCode).toBe(0);
    expect((await havre(['tags', `${fake.host}/team/app`])).stdout).toContain('latest');
    const theirs = await havre(['tags', `${fake.host}/team/app`, '--project', 'another']);
    expect(theirs.exitCode).toBe(1);
  });
});
