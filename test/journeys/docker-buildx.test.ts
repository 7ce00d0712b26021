import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { mkdir, symlink } from 'node:fs/promises';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { writeBuildContext } from './harness/hello.ts';
import { digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { findTool, journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('docker buildx', [...DOCKER_TOOLS, 'docker-buildx'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let daemon: Dockerd;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    daemon = stack.use(await Dockerd.start(sandbox));
    await mkdir(sandbox.path('home/.docker/cli-plugins'));
    await symlink(findTool('docker-buildx') ?? '', sandbox.path('home/.docker/cli-plugins/docker-buildx'));
    await daemon.login(registry.host, registry.username, registry.password);
  });
  afterAll(() => stack.disposeAsync());

  it('builds and pushes at one go', async () => {
    const context = await writeBuildContext(sandbox.path('context'), 'at one go\n');
    const reference = `${registry.host}/name/space/app:1.0`;
    await buildkit('build', '-t', reference, '--push', context);
    await daemon.dockerOk('image', 'rm', reference);
    expect(await daemon.dockerOk('run', '--rm', reference)).toBe('at one go\n');
  });

  it('makes one name of several images, without a daemon', async () => {
    const other = await writeBuildContext(sandbox.path('other'), 'other\n');
    await buildkit('build', '-t', `${registry.host}/name/space/app:2.0`, '--push', other);
    const sources = ['1.0', '2.0'].map((tag) => `${registry.host}/name/space/app:${tag}`);
    await buildkit('buildx', 'imagetools', 'create', '-t', `${registry.host}/name/space/app:all`, ...sources);
    const inspected = await buildkit('buildx', 'imagetools', 'inspect', `${registry.host}/name/space/app:all`);
    expect(inspected).toContain((await digestOf(registry, 'name/space/app:all')) ?? 'a digest');
    for (const tag of ['1.0', '2.0']) {
      expect(inspected).toContain((await digestOf(registry, `name/space/app:${tag}`)) ?? 'a digest');
    }
  });

  function buildkit(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['docker', ...args], { env: { ...daemon.environment, DOCKER_BUILDKIT: '1' } });
  }
});
