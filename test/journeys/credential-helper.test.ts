import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/ports.ts';
import type { Finished } from '../support/process.ts';
import { said } from './clients/client.ts';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { writeLayout } from './harness/layout.ts';
import { digestOf, havreOk, JOURNEY_MILLISECONDS, makeToken, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { findTool, journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const PROGRAM = resolve(import.meta.dirname, '../../bin/docker-credential-havre.js');

const FIRST = 'the first secret';
const SECOND = 'the second secret';

const TOOLS = ['docker-registry', 'htpasswd', 'skopeo', 'podman', 'buildah', ...DOCKER_TOOLS];

journey('docker-credential-havre', TOOLS, () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let daemon: Dockerd;
  /** Of the registry that Havre is connected to. */
  let there: string;
  let image: string;
  let digest: string;
  let helperEnvironment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    registry = stack.use(await openRegistry({ env: { HAVRE_EGRESS_ALLOW: '127.0.0.0/8' } }));
    sandbox = stack.use(await Sandbox.open());
    daemon = stack.use(await Dockerd.start(sandbox));
    there = await startPeer();
    image = `${there}/team/hello:1.0`;
    digest = await writeLayout(sandbox.path('image'), { messages: ['ahoy'], tag: 'it' });
    const push = ['skopeo', 'copy', '--dest-tls-verify=false', '--dest-creds', `harbour:${FIRST}`];
    await sandbox.ok([...push, `oci:${sandbox.path('image')}:it`, `docker://${image}`]);
    const add = ['registries', 'add', 'theirs', `http://${there}`, '--username', 'harbour', '--password-stdin'];
    await havreOk(registry, [...add, '--project', 'team', '--test-repository', 'team/hello'], FIRST);
    await sandbox.write('bin/.keep', '');
    await symlink(PROGRAM, sandbox.path('bin/docker-credential-havre'));
    helperEnvironment = {
      PATH: `${sandbox.path('bin')}:${sandbox.env['PATH']}`,
      HAVRE_REMOTE_SERVER: registry.server.url,
      HAVRE_REMOTE_USERNAME: 'laptop',
      HAVRE_REMOTE_PASSWORD: await makeToken(registry, 'laptop', 'team:registries:use'),
    };
  });
  afterAll(() => stack.disposeAsync());

  it('is named in the configuration of docker and podman, where there is no secret then', async () => {
    for (const file of [sandbox.path('home/.docker/config.json'), sandbox.path('home/auth.json')]) {
      await havreOk(registry, ['docker-config', '--helper', '--write', file, '--merge']);
      expect(await Bun.file(file).json()).toEqual({ credHelpers: { [there]: 'havre' } });
    }
  });

  it('has docker pull with a secret that only Havre knows', async () => {
    expect(said(await docker('pull', image))).toContain(`Digest: ${digest}`);
  });

  it('has podman, buildah and skopeo do the same', async () => {
    await client('podman', 'pull', '--tls-verify=false', image);
    await client('buildah', 'pull', '--tls-verify=false', image);
    expect(
      await client('skopeo', 'inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${image}`),
    ).toBe(`${digest}\n`);
  });

  it('gives the new secret as soon as Havre has it', async () => {
    await setPassword(SECOND);
    expect((await docker('pull', image)).status).not.toBe(0);
    await havreOk(registry, ['registries', 'update', 'theirs', '--project', 'team', '--password-stdin'], SECOND);
    await daemon.dockerOk('image', 'rm', '--force', image);
    expect(said(await docker('pull', image))).toContain(`Digest: ${digest}`);
    await client('podman', 'rmi', '--all', '--force');
    await client('podman', 'pull', '--tls-verify=false', image);
    await client('skopeo', 'inspect', '--tls-verify=false', `docker://${image}`);
  });

  it('says what is wrong to docker logins and strangers', async () => {
    const login = await sandbox.run(['docker', 'login', there, '-u', 'harbour', '--password-stdin'], {
      env: { ...helperEnvironment, ...daemon.environment },
      input: SECOND,
    });
    expect(login.status).not.toBe(0);
    expect(said(login)).toContain('keeps no logins');
    const stranger = await makeToken(registry, 'stranger', 'others:registries:use');
    const env = { ...helperEnvironment, HAVRE_REMOTE_USERNAME: 'stranger', HAVRE_REMOTE_PASSWORD: stranger };
    const asked = await sandbox.run(['docker-credential-havre', 'get'], { env, input: there });
    expect(asked).toMatchObject({ status: 1, stdout: 'credentials not found in native keychain\n' });
  });

  it('asks the server of its own machine by the folder of that', async () => {
    const env = { PATH: helperEnvironment['PATH'], HAVRE_DATA: registry.server.data };
    const listed = await sandbox.ok(['docker-credential-havre', 'list'], { env });
    expect(JSON.parse(listed)).toEqual({ [there]: 'harbour' });
    const got = await sandbox.ok(['docker-credential-havre', 'get'], { env, input: there });
    expect(JSON.parse(got)).toEqual({ ServerURL: there, Username: 'harbour', Secret: SECOND });
  });

  it('may be asked by docker for every registry, Havre among them', async () => {
    const config = sandbox.path('home/.docker/config.json');
    const before = await Bun.file(config).text();
    await writeFile(config, JSON.stringify({ credsStore: 'havre' }));
    const env = {
      ...helperEnvironment,
      ...daemon.environment,
      HAVRE_REMOTE_SERVER: `http://${registry.host}`,
      HAVRE_REMOTE_USERNAME: registry.username,
      HAVRE_REMOTE_PASSWORD: registry.password,
    };
    const ours = `${registry.host}/team/hello:pushed`;
    for (const args of [
      ['pull', image],
      ['tag', image, ours],
      ['push', ours],
    ]) {
      await sandbox.ok(['docker', ...args], { env });
    }
    expect(await digestOf(registry, 'team/hello:pushed')).toBeString();
    await writeFile(config, before);
  });

  it('leaves a line in the audit for each time, without the secret', async () => {
    const lines = await havreOk(registry, ['audit', 'list', '--json']);
    expect(lines).toContain('docker-credential-havre');
    for (const secret of [FIRST, SECOND]) {
      expect(lines).not.toContain(secret);
      expect(registry.server.logs()).not.toContain(secret);
    }
  });

  function docker(...args: readonly string[]): Promise<Finished> {
    return sandbox.run(['docker', ...args], { env: { ...helperEnvironment, ...daemon.environment } });
  }

  function client(...command: readonly string[]): Promise<string> {
    return sandbox.ok(command, { env: helperEnvironment });
  }

  /** Distribution's registry, which reads the file again when it changes. */
  async function startPeer(): Promise<string> {
    const folder = sandbox.path('peer');
    await mkdir(folder);
    await setPassword(FIRST);
    const port = await freePort();
    const configuration = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: `${folder}/content` } },
      http: { addr: `127.0.0.1:${port}`, secret: 'of no use' },
      auth: { htpasswd: { realm: 'theirs', path: `${folder}/htpasswd` } },
    };
    await writeFile(`${folder}/config.yml`, JSON.stringify(configuration));
    const child = Bun.spawn([findTool('docker-registry') ?? '', 'serve', `${folder}/config.yml`], {
      stdout: 'ignore',
      stderr: 'ignore',
    });
    stack.defer(async () => {
      child.kill();
      await child.exited;
    });
    await eventually('the other registry answers', async () => {
      expect((await fetch(`http://127.0.0.1:${port}/v2/`)).status).toBe(401);
    });
    return `127.0.0.1:${port}`;
  }

  async function setPassword(password: string): Promise<void> {
    const line = await sandbox.ok(['htpasswd', '-niB', '-C', '5', 'harbour'], { input: password });
    await sandbox.write('peer/htpasswd', line);
  }
});
