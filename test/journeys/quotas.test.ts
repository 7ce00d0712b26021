import { afterAll, expect, it, setDefaultTimeout } from 'bun:test';
import { randomFillSync } from 'node:crypto';
import { said } from './clients/client.ts';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey, ROOT } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const REFUSAL =
  'quota exceeded: repositories small/** may hold 1 MiB, hold 0 B, and this needs 4 MiB more. ' +
  'Delete images that are no longer needed, or ask an administrator for a larger quota';

/** A quota, and an image whose one layer does not fit into it. */
async function openSmall(stack: AsyncDisposableStack): Promise<{ registry: Registry; sandbox: Sandbox }> {
  const registry = stack.use(await openRegistry());
  const sandbox = stack.use(await Sandbox.open());
  await havreOk(registry, ['quota', 'set', 'small/**', '--bytes', '1MiB']);
  await sandbox.write('context/large', randomFillSync(new Uint8Array(4 << 20)));
  await sandbox.write('context/Dockerfile', 'FROM scratch\nCOPY large /large\n');
  return { registry, sandbox };
}

journey('docker, at the end of a quota', DOCKER_TOOLS, () => {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());

  it('shows why, and does not try again', async () => {
    const { registry, sandbox } = await openSmall(stack);
    const daemon = stack.use(await Dockerd.start(sandbox));
    const image = `${registry.host}/small/app:1`;
    await daemon.dockerOk('build', '--tag', image, sandbox.path('context'));
    await daemon.login(registry.host, registry.username, registry.password);
    const pushed = await daemon.docker('push', image);
    expect(pushed.status).not.toBe(0);
    expect(said(pushed)).toContain(REFUSAL);
    expect(said(pushed)).not.toContain('Retrying');
    await havreOk(registry, ['quota', 'set', 'small/**', '--bytes', '10MiB']);
    await daemon.dockerOk('push', image);
  });
});

journey('podman, at the end of a quota', ['podman', 'runc', 'conmon', ROOT], () => {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());

  it('shows why, and does not try again', async () => {
    const { registry, sandbox } = await openSmall(stack);
    const image = `${registry.host}/small/app:1`;
    await sandbox.ok(['podman', 'build', '--tag', image, sandbox.path('context')]);
    const login = ['podman', 'login', '--tls-verify=false', '--username', registry.username, '--password-stdin'];
    await sandbox.ok([...login, registry.host], { input: registry.password });
    const push = ['podman', 'push', '--tls-verify=false', '--compression-format', 'gzip', image];
    const pushed = await sandbox.run(push);
    expect(pushed.status).not.toBe(0);
    expect(said(pushed)).toContain('quota exceeded: repositories small/** may hold 1 MiB');
    await havreOk(registry, ['quota', 'set', 'small/**', '--bytes', '10MiB']);
    await sandbox.ok(push);
  });
});
