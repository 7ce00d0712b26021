import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSignedCertificate, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';
import { basicAuthorization } from '../support/server.ts';
import { havre, havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const LOGIN = { username: 'ci', password: 'canary-of-ours' };
const PASSWORD = 'a long enough password';

/**
 * The Docker tab of a cloud's dashboard, and the registries page of a console for clusters: their fields, their paths
 * and their files, against another Havre and Docker's registry.
 */
journey('registries in one place', ['docker-registry'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let other: Registry;
  let docker: DockerRegistry;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryFolder('registries');
    stack.defer(() => removeFolder(folder));
    other = stack.use(await openRegistry());
    docker = stack.use(await startDockerRegistry({ login: LOGIN }));
    registry = stack.use(await openRegistry({ env: { HAVRE_EGRESS_ALLOW: '127.0.0.0/8,localhost' } }));
  });
  afterAll(() => stack.disposeAsync());

  async function ask(method: string, path: string, body?: unknown, authorization?: string): Promise<Response> {
    return await fetch(registry.server.url + path, {
      method,
      headers: {
        Authorization: authorization ?? registry.server.authorization,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  it('are applied from a file, in the form of the page, and tried', async () => {
    const file = join(folder, 'registries.yaml');
    const written = [
      `name: Other\nurl: ${other.server.url}\nusername: ${other.username}\npassword: ${other.password}\n`,
      `name: Docker\nurl: ${docker.url}\nusername: ${LOGIN.username}\npassword: ${LOGIN.password}\n`,
    ];
    writeFileSync(file, written.join('---\n'));
    const first = await havreOk(registry, ['registries', 'apply', '-f', file, '--project', 'pn-123456']);
    expect(first.match(/created/g)).toHaveLength(2);
    const again = await havreOk(registry, ['registries', 'apply', '-f', file, '--project', 'pn-123456']);
    expect(again.match(/unchanged/g)).toHaveLength(2);
    for (const name of ['Other', 'Docker']) {
      expect(await havreOk(registry, ['registries', 'test', name])).toStartWith('It works');
    }
    const listed = await havreOk(registry, ['registries', 'list']);
    expect(listed.match(/ valid /g)).toHaveLength(2);
    expect(first + again + listed).not.toContain('canary');
  });

  it('say what is wrong', async () => {
    const secret = ['--password-stdin', '--json'];
    const wrong = await havre(registry, ['registries', 'add', 'wrong', docker.url, '-u', 'ci', ...secret], 'guess');
    expect(JSON.parse(wrong.stdout)).toMatchObject({ test: { outcome: 'wrong-credentials' } });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const closed = await havre(registry, ['registries', 'add', 'closed', nobody, '-u', 'x', ...secret], 'x');
    expect(JSON.parse(closed.stdout)).toMatchObject({ test: { outcome: 'refused' } });
    const metadata = ['registries', 'add', 'cloud', 'http://169.254.169.254', '-u', 'x', ...secret];
    expect(JSON.parse((await havre(registry, metadata, 'x')).stdout)).toMatchObject({
      test: { outcome: 'denied-here' },
    });
    const tls = stack.use(
      await startDockerRegistry({ login: LOGIN, tls: await selfSignedCertificate(['IP:127.0.0.1']) }),
    );
    const untrusted = await havre(
      registry,
      ['registries', 'add', 'tls', tls.url, '-u', 'ci', ...secret],
      LOGIN.password,
    );
    expect(JSON.parse(untrusted.stdout)).toMatchObject({ test: { outcome: 'tls' } });
  });

  it('are there by the paths of OVHcloud, for those to whom the project was granted', async () => {
    const path = '/cloud/project/pn-123456/ai/registry';
    await havreOk(registry, ['user', 'add', 'alice', '--password-stdin'], `${PASSWORD}\n`);
    const alice = basicAuthorization('alice', PASSWORD);
    const hidden = await ask('GET', path, undefined, alice);
    expect(hidden.status).toBe(404);
    expect(hidden.headers.get('x-ovh-queryid')).not.toBeNull();
    expect(await hidden.json()).toMatchObject({ class: 'Client::NotFound' });
    await havreOk(registry, ['grant', 'add', '--user', 'alice', 'pn-123456', 'registries:manage']);
    const wanted = { region: 'GRA', url: docker.url, ...LOGIN };
    const added = (await (await ask('POST', path, wanted, alice)).json()) as { id: string };
    expect(added).toMatchObject({ region: 'GRA', user: 'alice', username: 'ci', url: docker.url, password: null });
    expect(await (await ask('PUT', `${path}/${added.id}`, { username: 'ci' }, alice)).json()).toBeNull();
    const all = (await (await ask('GET', path, undefined, alice)).json()) as { id: string }[];
    expect(all.map(({ id }) => id)).toContain(added.id);
    expect((await ask('DELETE', `${path}/${added.id}`, undefined, alice)).status).toBe(200);
    expect((await ask('GET', `${path}/${added.id}`, undefined, alice)).status).toBe(404);
    const wrong = await ask('GET', path, undefined, basicAuthorization('alice', 'guess'));
    expect(await wrong.json()).toMatchObject({ class: 'Client::Unauthorized' });
  });

  it('leave no secret in the log', () => {
    expect(registry.server.logs()).not.toContain('canary');
    expect(registry.server.logs()).not.toContain(other.password);
  });
});
