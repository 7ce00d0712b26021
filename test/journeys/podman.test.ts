import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { said } from './clients/client.ts';
import { writeBuildContext } from './harness/hello.ts';
import { digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey, ROOT } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

/** Where the tests run in a container there is no bridge to join, and crun refuses some mixtures of cgroups. */
const RUN = ['--runtime', 'runc', 'run', '--rm', '--network', 'host', '--pull', 'never'];

journey('podman', ['podman', 'runc', 'conmon', ROOT], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let image: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    image = `${registry.host}/team/hello:1.0`;
    const context = await writeBuildContext(sandbox.path('hello'), 'ahoy\n');
    await podman('build', '--tag', image, context);
  });
  afterAll(() => stack.disposeAsync());

  it('does not log in with a wrong password', async () => {
    const login = await sandbox.run(
      ['podman', 'login', '--tls-verify=false', '--username', registry.username, '--password-stdin', registry.host],
      { input: 'wrong' },
    );
    expect(login.status).not.toBe(0);
    expect(said(login)).toContain('invalid username/password');
  });

  it('logs in, and pushes what it built', async () => {
    const command = ['podman', 'login', '--tls-verify=false', '--username', registry.username, '--password-stdin'];
    expect(await sandbox.ok([...command, registry.host], { input: registry.password })).toContain('Login Succeeded!');
    await podman('push', '--tls-verify=false', '--digestfile', sandbox.path('digest'), image);
    expect(await Bun.file(sandbox.path('digest')).text()).toBe((await digestOf(registry, 'team/hello:1.0')) ?? '');
  });

  it('pulls by tag and by digest, and runs it', async () => {
    const digest = await digestOf(registry, 'team/hello:1.0');
    for (const name of [image, `${registry.host}/team/hello@${digest}`]) {
      await podman('rmi', '--all', '--force');
      await podman('pull', '--tls-verify=false', name);
      expect(await podman(...RUN, name)).toBe('ahoy\n');
    }
  });

  it('makes one name of an image for each processor', async () => {
    const list = `${registry.host}/team/multi:latest`;
    await podman('manifest', 'create', list);
    for (const architecture of ['amd64', 'arm64']) {
      const context = await writeBuildContext(sandbox.path(architecture), `${architecture}\n`);
      await podman('build', '--platform', `linux/${architecture}`, '--manifest', list, context);
    }
    await podman('manifest', 'push', '--all', '--tls-verify=false', list, `docker://${list}`);
    await podman('manifest', 'rm', list);
    await podman('pull', '--tls-verify=false', '--platform', 'linux/arm64', list);
    expect(await podman('image', 'inspect', '--format', '{{.Architecture}}', list)).toBe('arm64\n');
  });

  it('searches: repositories, and the tags of one', async () => {
    const repositories = await podman('search', '--tls-verify=false', '--format', '{{.Name}}', `${registry.host}/`);
    expect(repositories.trim().split('\n')).toEqual([`${registry.host}/team/hello`, `${registry.host}/team/multi`]);
    const tags = await podman('search', '--tls-verify=false', '--list-tags', `${registry.host}/team/hello`);
    expect(tags).toMatch(/team\/hello +1\.0$/m);
  });

  it('may not even pull after the logout', async () => {
    await podman('logout', registry.host);
    const pulled = await sandbox.run(['podman', 'pull', '--tls-verify=false', image]);
    expect(pulled.status).not.toBe(0);
    expect(said(pulled)).toMatch(/authentication required|unauthorized/i);
  });

  function podman(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['podman', ...args]);
  }
});
