import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { mustSucceed, said } from './clients/client.ts';
import { makeAuthority, type Authority } from './harness/authority.ts';
import { Containerd, CONTAINERD_TOOLS } from './harness/containerd.ts';
import { writeLayout } from './harness/layout.ts';
import { digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('containerd', CONTAINERD_TOOLS, () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let containerd: Containerd;
  let tls: Authority;
  let flags: string[];
  let digest: string;

  beforeAll(async () => {
    sandbox = stack.use(await Sandbox.open());
    tls = await makeAuthority(sandbox.path('tls'), ['localhost']);
    registry = stack.use(
      await openRegistry({
        scheme: 'https',
        env: { REGISTRY_HTTP_TLS_CERTIFICATE: tls.certificate, REGISTRY_HTTP_TLS_KEY: tls.key },
      }),
    );
    containerd = stack.use(await Containerd.start(sandbox));
    digest = await writeLayout(sandbox.path('layout'), { messages: ['ahoy\n'], tag: 'it' });
    await sandbox.ok([
      'tar',
      '--create',
      '--file',
      sandbox.path('layout.tar'),
      '--directory',
      sandbox.path('layout'),
      '.',
    ]);
    // As /etc/containerd/certs.d, which Kubernetes nodes have.
    await sandbox.write(
      `certs.d/${registry.host}/hosts.toml`,
      `server = "https://${registry.host}"\n[host."https://${registry.host}"]\n  ca = "${tls.authority}"\n`,
    );
    flags = ['--hosts-dir', sandbox.path('certs.d'), '--user', `${registry.username}:${registry.password}`];
  });
  afterAll(() => stack.disposeAsync());

  it('pushes an image, with its digest', async () => {
    await containerd.ctrOk('images', 'import', '--no-unpack', '--digests', '--base-name', 'imported', 'layout.tar');
    const name = `${registry.host}/team/app:1.0`;
    await containerd.ctrOk('images', 'tag', `imported@${digest}`, name);
    mustSucceed(await containerd.ctr('images', 'push', ...flags, name));
    expect(await digestOf(registry, 'team/app:1.0')).toBe(digest);
  });

  it('pulls it, by tag and by digest, and runs it', async () => {
    for (const [place, name] of ['team/app:1.0', `team/app@${digest}`].entries()) {
      const image = `${registry.host}/${name}`;
      await forgetEverything();
      mustSucceed(await containerd.ctr('images', 'pull', '--snapshotter', 'native', ...flags, image));
      const run = await containerd.ctrOk(
        'run',
        '--rm',
        '--net-host',
        '--snapshotter',
        'native',
        image,
        `hello-${place}`,
      );
      expect(run).toBe('ahoy\n');
    }
  });

  it('is told that the password is wrong', async () => {
    const wrong = ['--hosts-dir', sandbox.path('certs.d'), '--user', `${registry.username}:wrong`];
    const pulled = await containerd.ctr('images', 'pull', ...wrong, `${registry.host}/team/app:1.0`);
    expect(pulled.status).not.toBe(0);
    expect(said(pulled)).toMatch(/401|unauthorized|authorization failed/i);
  });

  async function forgetEverything(): Promise<void> {
    const names = (await containerd.ctrOk('images', 'list', '--quiet')).split('\n').filter((name) => name !== '');
    if (names.length > 0) await containerd.ctrOk('images', 'remove', '--sync', ...names);
  }
});
