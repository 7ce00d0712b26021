import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import { said } from './clients/client.ts';
import { writeLayout } from './harness/layout.ts';
import { ask, digestOf, havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const TO = '--dest-tls-verify=false';
const FROM = '--src-tls-verify=false';

journey('skopeo', ['skopeo'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let remote: string;
  /** What the layouts hold, as their makers named it. */
  let digests: { image: string; index: string };

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    remote = `docker://${registry.host}`;
    const login = ['skopeo', 'login', '--tls-verify=false', '--username', registry.username, '--password-stdin'];
    await sandbox.ok([...login, registry.host], { input: registry.password });
    digests = {
      image: await writeLayout(sandbox.path('image'), { messages: ['one'], tag: 'it' }),
      index: await writeLayout(sandbox.path('index'), { messages: ['one', 'two', 'three'], tag: 'it' }),
    };
  });
  afterAll(() => stack.disposeAsync());

  it('copies an image and an index in, with their digests', async () => {
    await skopeo('copy', '--preserve-digests', TO, `oci:${sandbox.path('image')}:it`, `${remote}/team/app:1.0`);
    await skopeo(
      'copy',
      '--all',
      '--preserve-digests',
      TO,
      `oci:${sandbox.path('index')}:it`,
      `${remote}/team/multi:1.0`,
    );
    expect(await digestOf(registry, 'team/app:1.0')).toBe(digests.image);
    expect(await digestOf(registry, 'team/multi:1.0')).toBe(digests.index);
  });

  it('copies between repositories and back out, byte for byte', async () => {
    await skopeo('copy', '--all', FROM, TO, `${remote}/team/multi:1.0`, `${remote}/elsewhere/multi:2.0`);
    expect(await digestOf(registry, 'elsewhere/multi:2.0')).toBe(digests.index);
    await skopeo('copy', '--all', FROM, `${remote}/elsewhere/multi:2.0`, `oci:${sandbox.path('back')}:it`);
    const blobs = await readdir(sandbox.path('back/blobs/sha256'));
    expect(blobs.toSorted()).toEqual((await readdir(sandbox.path('index/blobs/sha256'))).toSorted());
    for (const blob of blobs) {
      expect(await readFile(sandbox.path('back/blobs/sha256', blob))).toEqual(
        await readFile(sandbox.path('index/blobs/sha256', blob)),
      );
    }
  });

  it('inspects an image: its digest, its tags, its layers', async () => {
    const inspected: unknown = JSON.parse(await skopeo('inspect', '--tls-verify=false', `${remote}/team/app:1.0`));
    expect(inspected).toMatchObject({
      Name: `${registry.host}/team/app`,
      Digest: digests.image,
      RepoTags: ['1.0'],
      Architecture: 'amd64',
    });
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `${remote}/team/app:1.0`);
    expect(`sha256:${new Bun.CryptoHasher('sha256').update(raw).digest('hex')}`).toBe(digests.image);
  });

  it('lists tags in order', async () => {
    for (const tag of ['zulu', 'Alpha', '1.10', '1.9', '_x']) {
      await skopeo('copy', FROM, TO, `${remote}/team/app:1.0`, `${remote}/team/app:${tag}`);
    }
    const listed: unknown = JSON.parse(await skopeo('list-tags', '--tls-verify=false', `${remote}/team/app`));
    expect(listed).toEqual({
      Repository: `${registry.host}/team/app`,
      Tags: ['1.0', '1.10', '1.9', 'Alpha', '_x', 'zulu'],
    });
  });

  it('converts on the way: to the manifests of Docker, to other compressions', async () => {
    await skopeo('copy', '--format', 'v2s2', TO, `oci:${sandbox.path('image')}:it`, `${remote}/team/docker:1.0`);
    const docker = await ask(registry, 'GET', '/v2/team/docker/manifests/1.0');
    expect(docker.headers.get('content-type')).toBe('application/vnd.docker.distribution.manifest.v2+json');
    await writeLayout(sandbox.path('plain'), { messages: ['plain'], tag: 'it', layers: 'plain' });
    const compression = ['--dest-compress', '--dest-compress-format', 'zstd'];
    await skopeo('copy', ...compression, TO, `oci:${sandbox.path('plain')}:it`, `${remote}/team/zstd:1.0`);
    const zstd = await ask(registry, 'GET', '/v2/team/zstd/manifests/1.0');
    expect(await zstd.text()).toContain('application/vnd.oci.image.layer.v1.tar+zstd');
  });

  it('synchronises a repository to a folder, and the folder to another repository', async () => {
    const folder = sandbox.path('synced');
    await skopeo('sync', '--all', FROM, '--src', 'docker', '--dest', 'dir', `${registry.host}/team/multi`, folder);
    await skopeo('sync', '--all', TO, '--src', 'dir', '--dest', 'docker', folder, `${registry.host}/mirror`);
    expect(await digestOf(registry, 'mirror/multi:1.0')).toBe(digests.index);
  });

  it('deletes an image: its tags go, and garbage collection frees the bytes', async () => {
    await skopeo('delete', '--tls-verify=false', `${remote}/team/zstd:1.0`);
    expect(await digestOf(registry, 'team/zstd:1.0')).toBeUndefined();
    const again = await sandbox.run(['skopeo', 'delete', '--tls-verify=false', `${remote}/team/zstd:1.0`]);
    expect(again.status).not.toBe(0);
    expect(said(again)).toContain('Image may not exist');
    await havreOk(registry, ['garbage-collect']);
    expect(await digestOf(registry, 'team/app:1.0')).toBe(digests.image);
  });

  function skopeo(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['skopeo', ...args]);
  }
});
