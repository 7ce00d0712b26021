import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { cp, readdir } from 'node:fs/promises';
import { dockerRegistry } from '../bench/servers/docker-registry.ts';
import { descriptorOf, imageOf, indexOf, randomBlob, type Content } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { LAUNCHER } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { startHavre } from '../support/server.ts';
import { RegistryV2Tree } from '../support/registry-v2-tree.ts';
import { writeLayout } from './harness/layout.ts';
import { digestOf, havre, havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('moving in from registry:2', ['docker-registry', 'skopeo', 'crane'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  /** What `registry:2` left behind: its data folder. */
  let tree: string;
  /** What clients pushed to it: name → digest. */
  const pushed = new Map<string, string>();
  let signature: Content;

  beforeAll(async () => {
    sandbox = stack.use(await Sandbox.open());
    registry = stack.use(await openRegistry());
    const old = await dockerRegistry.start({ folder: sandbox.path('old') });
    const host = new URL(old.url).host;
    pushed.set('team/app:1.0', await writeLayout(sandbox.path('image'), { messages: ['one'], tag: 'it' }));
    pushed.set('team/multi:1.0', await writeLayout(sandbox.path('index'), { messages: ['one', 'two'], tag: 'it' }));
    await sandbox.ok(['crane', 'push', '--insecure', sandbox.path('image'), `${host}/team/app:1.0`]);
    const to = ['--dest-tls-verify=false', '--preserve-digests', '--all'];
    await sandbox.ok(['skopeo', 'copy', ...to, `oci:${sandbox.path('index')}:it`, `docker://${host}/team/multi:1.0`]);
    const docker = ['skopeo', 'copy', '--dest-tls-verify=false', '--format', 'v2s2'];
    await sandbox.ok([...docker, `oci:${sandbox.path('image')}:it`, `docker://${host}/team/docker:1.0`]);
    pushed.set(
      'team/docker:1.0',
      (await sandbox.ok(['crane', 'digest', '--insecure', `${host}/team/docker:1.0`])).trim(),
    );
    const client = new RegistryClient(old);
    const image = imageOf([randomBlob(100_000)]);
    await client.pushImage('signed', image, 'latest');
    const signed = imageOf([randomBlob(100)], { subject: descriptorOf(image.manifest), artifactType: 'a/signature' });
    await client.pushImage('signed', signed);
    await client.pushImage('signed', imageOf([randomBlob(100)]), 'gone');
    signature = signed.manifest;
    pushed.set('signed:latest', image.manifest.digest);
    await old.stop();
    tree = sandbox.path('old/data');
  });
  afterAll(() => stack.disposeAsync());

  it('says in a dry run what would come', async () => {
    const report: unknown = JSON.parse(await havreOk(registry, ['import', 'registry-v2', tree, '--dry-run', '--json']));
    expect(report).toMatchObject({ dryRun: true, imported: { repositories: 4, tags: 5 }, broken: 0, findings: [] });
    expect(await digestOf(registry, 'team/app:1.0')).toBeUndefined();
  });

  it('brings everything while serving, and clients pull what they pushed', async () => {
    expect(await havreOk(registry, ['import', 'registry-v2', tree])).toContain('5 tags');
    for (const [name, digest] of pushed) expect(await digestOf(registry, name)).toBe(digest);
    const login = ['--username', registry.username, '--password-stdin'];
    await sandbox.ok(['crane', 'auth', 'login', registry.host, ...login], { input: registry.password });
    for (const name of ['team/app:1.0', 'team/multi:1.0', 'team/docker:1.0']) {
      await sandbox.ok(['crane', 'validate', '--remote', `${registry.host}/${name}`]);
    }
    await sandbox.ok(['skopeo', 'login', '--tls-verify=false', ...login, registry.host], { input: registry.password });
    const from = ['skopeo', 'copy', '--all', '--src-tls-verify=false'];
    await sandbox.ok([...from, `docker://${registry.host}/team/multi:1.0`, `oci:${sandbox.path('back')}:it`]);
    const blobs = await readdir(sandbox.path('back/blobs/sha256'));
    expect(blobs.toSorted()).toEqual((await readdir(sandbox.path('index/blobs/sha256'))).toSorted());
  });

  it('brings signatures, so that they are found', async () => {
    const client = new RegistryClient(registry.server);
    const reply = await client.expect(200, 'GET', `/v2/signed/referrers/${pushed.get('signed:latest') ?? ''}`);
    expect(await reply.json()).toMatchObject({
      manifests: [{ digest: signature.digest, artifactType: 'a/signature' }],
    });
  });

  it('does nothing a second time', async () => {
    const report: unknown = JSON.parse(await havreOk(registry, ['import', 'registry-v2', tree, '--json']));
    expect(report).toMatchObject({ imported: { manifests: 0, tags: 0, blobs: 0 }, skipped: { tags: 5 } });
  });

  it('survives garbage collection, and the end of the old folder', async () => {
    const copy = sandbox.path('copy');
    await cp(tree, copy, { recursive: true });
    await havreOk(registry, ['import', 'registry-v2', copy, '--into', 'copied']);
    await sandbox.ok(['rm', '-r', copy]);
    await havreOk(registry, ['garbage-collect', '--grace-seconds', '0']);
    expect(await digestOf(registry, 'copied/team/multi:1.0')).toBe(pushed.get('team/multi:1.0'));
    await sandbox.ok(['crane', 'validate', '--remote', `${registry.host}/copied/team/app:1.0`]);
  });

  it('imports what is whole of a damaged tree, says what is not, and ends with 1', async () => {
    const damaged = new RegistryV2Tree(sandbox.path('damaged'));
    const [whole, torn] = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    damaged.addImage('app', whole, 'whole');
    damaged.addImage('app', torn, 'torn');
    damaged.remove(damaged.blobPath(torn.blobs[1]?.digest ?? ''));
    const { status, stdout } = await havre(registry, ['import', 'registry-v2', damaged.folder, '--into', 'damaged']);
    expect(status).toBe(1);
    expect(stdout).toContain('Broken in the source: 3 items. All else is here.');
    expect(await digestOf(registry, 'damaged/app:whole')).toBe(whole.manifest.digest);
  });

  it('goes on after it was killed in the middle', async () => {
    const large = new RegistryV2Tree(sandbox.path('large'));
    const images = Array.from({ length: 3000 }, () => imageOf([randomBlob(64)]));
    for (const [number, image] of images.entries()) large.addImage('large/app', image, `t${number}`);
    const index = indexOf(images.slice(0, 100).map(({ manifest }) => manifest));
    large.addManifest('large/app', index, 'all');
    const data = sandbox.path('killed');
    const first = await startHavre({ data });
    const command = ['node', LAUNCHER, 'import', 'registry-v2', large.folder];
    const importing = Bun.spawn(command, { env: { ...process.env, HAVRE_DATA: data }, stdout: 'pipe', stderr: 'pipe' });
    const client = new RegistryClient(first);
    await eventually('an image is here', async () => {
      const found = await Promise.all(images.slice(0, 100).map(({ manifest }) => isHere(client, manifest.digest)));
      expect(found).toContain(true);
    });
    await first.kill();
    await importing.exited;
    await using second = await openRegistry({ data });
    const report: unknown = JSON.parse(await havreOk(second, ['import', 'registry-v2', large.folder, '--json']));
    expect(report).toMatchObject({ broken: 0 });
    expect(await new RegistryClient(second.server).tags('large/app')).toHaveLength(3001);
    expect(await digestOf(second, 'large/app:all')).toBe(index.digest);
  });

  async function isHere(client: RegistryClient, digest: string): Promise<boolean> {
    const reply = await client.send('HEAD', `/v2/large/app/manifests/${digest}`);
    return reply.status === 200;
  }
});

journey('OCI layouts', ['skopeo', 'crane'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let digests: { image: string; index: string };

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    digests = {
      image: await writeLayout(sandbox.path('image'), { messages: ['one'], tag: 'it' }),
      index: await writeLayout(sandbox.path('index'), { messages: ['one', 'two', 'three'], tag: 'it' }),
    };
  });
  afterAll(() => stack.disposeAsync());

  it('comes in from folders and from archives', async () => {
    await havreOk(registry, ['import', 'oci-layout', sandbox.path('image'), 'team/app']);
    await havreOk(registry, ['import', 'oci-layout', `${sandbox.path('index')}:it`, 'team/app:multi']);
    await sandbox.ok([
      'tar',
      '--create',
      '--file',
      sandbox.path('index.tar'),
      '--directory',
      sandbox.path('index'),
      '.',
    ]);
    await havreOk(registry, ['import', 'oci-layout', sandbox.path('index.tar'), 'team/app:archived']);
    expect(await digestOf(registry, 'team/app:it')).toBe(digests.image);
    expect(await digestOf(registry, 'team/app:multi')).toBe(digests.index);
    expect(await digestOf(registry, 'team/app:archived')).toBe(digests.index);
  });

  it('goes out to where skopeo and crane read it, and is added to', async () => {
    const out = sandbox.path('out');
    await havreOk(registry, ['export', 'oci-layout', 'team/app:it', out]);
    await havreOk(registry, ['export', 'oci-layout', 'team/app', '--all', '--referrers', out]);
    const listed: unknown = JSON.parse(await Bun.file(`${out}/index.json`).text());
    expect(listed).toMatchObject({ manifests: { length: 3 } });
    await sandbox.ok(['skopeo', 'copy', '--all', `oci:${out}:multi`, `oci:${sandbox.path('again')}:it`]);
    const blobs = await readdir(sandbox.path('again/blobs/sha256'));
    expect(blobs.toSorted()).toEqual((await readdir(sandbox.path('index/blobs/sha256'))).toSorted());
    expect(await sandbox.ok(['crane', 'validate', '--tarball', await tarballOf(out)])).toContain('PASS');
  });

  it('refuses a folder that holds something else, and what is not there', async () => {
    await sandbox.write('full/file', 'mine');
    const refused = await havre(registry, ['export', 'oci-layout', 'team/app:it', sandbox.path('full')]);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('holds something else');
    const missing = await havre(registry, ['export', 'oci-layout', 'team/app:nope', sandbox.path('out')]);
    expect(missing.stderr).toContain('team/app has no tag nope.');
  });

  async function tarballOf(layout: string): Promise<string> {
    const path = sandbox.path('tarball.tar');
    await sandbox.ok(['skopeo', 'copy', `oci:${layout}:it`, `docker-archive:${path}:team/app:it`]);
    return path;
  }
});
