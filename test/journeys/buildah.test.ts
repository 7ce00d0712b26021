import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { writeBuildContext } from './harness/hello.ts';
import { ask, digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey, ROOT } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const PROCESSORS = ['amd64', 'arm64', 's390x'];

interface Index {
  readonly mediaType: string;
  readonly manifests: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}

journey('buildah', ['buildah', ROOT], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let name: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    name = `${registry.host}/team/multi:1.0`;
    const login = ['buildah', 'login', '--tls-verify=false', '--username', registry.username, '--password-stdin'];
    await sandbox.ok([...login, registry.host], { input: registry.password });
  });
  afterAll(() => stack.disposeAsync());

  it('pushes an index of images for several processors', async () => {
    await buildah('manifest', 'create', 'multi');
    for (const processor of PROCESSORS) {
      const context = await writeBuildContext(sandbox.path(processor), `${processor}\n`);
      await buildah('build', '--platform', `linux/${processor}`, '--tag', processor, context);
      await buildah('manifest', 'add', 'multi', processor);
    }
    await buildah('manifest', 'push', '--all', '--tls-verify=false', 'multi', `docker://${name}`);
    const index = await indexOf('team/multi', '1.0');
    expect(index.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    expect(index.manifests.map(({ platform }) => platform.architecture).toSorted()).toEqual(PROCESSORS);
  });

  it('answers each image of the index by its digest', async () => {
    for (const { digest } of (await indexOf('team/multi', '1.0')).manifests) {
      const reply = await ask(registry, 'HEAD', `/v2/team/multi/manifests/${digest}`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('docker-content-digest')).toBe(digest);
    }
  });

  it('pulls the image of each processor', async () => {
    await buildah('rmi', '--all', '--force');
    for (const processor of PROCESSORS) {
      await buildah('pull', '--tls-verify=false', '--platform', `linux/${processor}`, name);
      expect(await buildah('inspect', '--format', '{{.OCIv1.Architecture}}', name)).toBe(processor);
    }
  });

  it('builds on what is in the registry, and pushes only what is new', async () => {
    const context = await writeBuildContext(sandbox.path('derived'), 'derived\n');
    await sandbox.write('derived/Dockerfile', `FROM ${name}\nCOPY hello /derived\n`);
    const derived = `${registry.host}/team/derived:1.0`;
    await buildah('build', '--tls-verify=false', '--pull-always', '--tag', derived, context);
    await buildah('push', '--tls-verify=false', derived);
    const base = await layersOf('team/multi', (await indexOf('team/multi', '1.0')).manifests[0]?.digest ?? '');
    expect(await layersOf('team/derived', '1.0')).toEqual([...base, expect.any(String)]);
  });

  it('pushes the manifest format of Docker, too', async () => {
    const image = `${registry.host}/team/docker:2`;
    await buildah(
      'push',
      '--tls-verify=false',
      '--format',
      'v2s2',
      `${registry.host}/team/derived:1.0`,
      `docker://${image}`,
    );
    const reply = await ask(registry, 'GET', '/v2/team/docker/manifests/2');
    expect(reply.headers.get('content-type')).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(await digestOf(registry, 'team/docker:2')).toBe(reply.headers.get('docker-content-digest') ?? '');
    await buildah('pull', '--tls-verify=false', image);
  });

  async function indexOf(repository: string, tag: string): Promise<Index> {
    return (await (await ask(registry, 'GET', `/v2/${repository}/manifests/${tag}`)).json()) as Index;
  }

  async function layersOf(repository: string, tagOrDigest: string): Promise<string[]> {
    const reply = await ask(registry, 'GET', `/v2/${repository}/manifests/${tagOrDigest}`);
    const { layers } = (await reply.json()) as { layers: { digest: string }[] };
    return layers.map(({ digest }) => digest);
  }

  function buildah(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['buildah', ...args]);
  }
});
