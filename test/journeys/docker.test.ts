import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { randomFillSync } from 'node:crypto';
import { mustSucceed, said } from './clients/client.ts';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { writeBuildContext } from './harness/hello.ts';
import { digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('docker', DOCKER_TOOLS, () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let daemon: Dockerd;
  let image: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    daemon = stack.use(await Dockerd.start(sandbox));
    image = `${registry.host}/name/space/hello:1.0`;
    await daemon.dockerOk('build', '--tag', 'hello', await writeBuildContext(sandbox.path('hello'), 'ahoy\n'));
  });
  afterAll(() => stack.disposeAsync());

  it('is refused without a login, and says so', async () => {
    await daemon.dockerOk('tag', 'hello', image);
    const pushed = await daemon.docker('push', image);
    expect(pushed.status).not.toBe(0);
    expect(said(pushed)).toContain('no basic auth credentials');
  });

  it('does not log in with a wrong password or as somebody unknown', async () => {
    for (const username of [registry.username, 'nobody']) {
      const login = await daemon.login(registry.host, username, 'wrong');
      expect(login.status).not.toBe(0);
      expect(said(login)).toContain('401 Unauthorized');
    }
  });

  it('logs in, and pushes what it built', async () => {
    const login = await daemon.login(registry.host, registry.username, registry.password);
    expect(said(login)).toContain('Login Succeeded');
    const pushed = await daemon.dockerOk('push', image);
    expect(pushed).toContain(`digest: ${await digestOf(registry, 'name/space/hello:1.0')} size: `);
  });

  it('sends a layer once: a second tag finds it, another repository mounts it', async () => {
    const again = `${registry.host}/name/space/hello:1.1`;
    await daemon.dockerOk('tag', 'hello', again);
    expect(await daemon.dockerOk('push', again)).toContain('Layer already exists');
    const elsewhere = `${registry.host}/name/copy:1.0`;
    await daemon.dockerOk('tag', 'hello', elsewhere);
    expect(await daemon.dockerOk('push', elsewhere)).toContain('Mounted from name/space/hello');
  });

  it('pulls by tag and by digest, and runs it', async () => {
    const digest = await digestOf(registry, 'name/space/hello:1.0');
    for (const name of [image, `${registry.host}/name/space/hello@${digest}`]) {
      await removeAllImages();
      expect(await daemon.dockerOk('pull', name)).toContain(`Digest: ${digest}`);
      expect(await daemon.dockerOk('run', '--rm', '--network', 'host', name)).toBe('ahoy\n');
    }
  });

  it('runs an image it has to fetch first, in the background', async () => {
    await removeAllImages();
    const container = (await daemon.dockerOk('run', '-d', '--network', 'host', image)).trim();
    await daemon.dockerOk('wait', container);
    expect(await daemon.dockerOk('logs', container)).toBe('ahoy\n');
    await daemon.dockerOk('rm', container);
  });

  it('pushes and pulls layers of many megabytes byte for byte', async () => {
    const context = sandbox.path('large');
    const files = ['one', 'two', 'three', 'four'];
    for (const file of files) await sandbox.write(`large/${file}`, randomFillSync(new Uint8Array(6 << 20)));
    const copies = files.map((file) => `COPY ${file} /${file}\n`).join('');
    await sandbox.write('large/Dockerfile', `FROM scratch\n${copies}CMD ["/none"]\n`);
    const large = `${registry.host}/team/large:1`;
    await daemon.dockerOk('build', '--tag', large, context);
    const built = await layersOf(large);
    await daemon.dockerOk('push', large);
    await daemon.dockerOk('image', 'rm', '--force', large);
    await daemon.dockerOk('pull', large);
    expect(await layersOf(large)).toEqual(built);
    expect(built).toHaveLength(files.length);
  });

  it('makes one name of several images with docker manifest', async () => {
    const names = ['amd64', 'arm64'].map((architecture) => `${registry.host}/team/multi:${architecture}`);
    for (const [index, name] of names.entries()) {
      const context = await writeBuildContext(sandbox.path(`multi-${index}`), `${name}\n`);
      await daemon.dockerOk('build', '--tag', name, context);
      await daemon.dockerOk('push', name);
    }
    const list = `${registry.host}/team/multi:latest`;
    await daemon.dockerOk('manifest', 'create', '--insecure', list, ...names);
    await daemon.dockerOk('manifest', 'annotate', '--arch', 'arm64', list, names[1] ?? '');
    const digest = (await daemon.dockerOk('manifest', 'push', '--insecure', list)).trim();
    expect(digest).toBe((await digestOf(registry, 'team/multi:latest')) ?? 'nothing');
    expect(await daemon.dockerOk('run', '--rm', '--network', 'host', list)).toContain('team/multi:');
  });

  it('says that an image does not exist', async () => {
    const pulled = await daemon.docker('pull', `${registry.host}/name/space/hello:none`);
    expect(pulled.status).not.toBe(0);
    expect(said(pulled)).toContain('not found');
  });

  it('may not even pull after the logout', async () => {
    mustSucceed(await daemon.docker('logout', registry.host));
    await removeAllImages();
    const pulled = await daemon.docker('pull', image);
    expect(pulled.status).not.toBe(0);
    expect(said(pulled)).toContain('no basic auth credentials');
  });

  /** Of the image's content, uncompressed: what is on the daemon's disk. */
  async function layersOf(name: string): Promise<unknown[]> {
    const [inspected] = JSON.parse(await daemon.dockerOk('image', 'inspect', name)) as {
      RootFS: { Layers: unknown[] };
    }[];
    return inspected?.RootFS.Layers ?? [];
  }

  async function removeAllImages(): Promise<void> {
    const ids = (await daemon.dockerOk('image', 'ls', '--quiet')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await daemon.dockerOk('image', 'rm', '--force', ...new Set(ids));
  }
});
