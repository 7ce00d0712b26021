import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { resolve } from 'node:path';
import { freePort } from '../support/ports.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { said } from './clients/client.ts';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { writeBuildContext } from './harness/hello.ts';
import { JOURNEY_MILLISECONDS } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const BIN = resolve(import.meta.dirname, '../../bin');

/**
 * The manual of a team that ran distribution behind Traefik: its `.env`, and its lines in their order. Only the port
 * and the root folder are others, since 5000 may be taken and `/var/lib/registry` is not ours.
 */
journey('the manual of a private registry', [...DOCKER_TOOLS, 'curl'], () => {
  const stack = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let daemon: Dockerd;
  let port: number;
  let host: string;
  let server: RunningHavre;

  beforeAll(async () => {
    sandbox = stack.use(await Sandbox.open());
    port = await freePort();
    host = `localhost:${port}`;
    await writeEnv('admin', 'changeme');
    server = await start();
    stack.defer(async () => void (await server.stop()));
    daemon = stack.use(await Dockerd.start(sandbox));
    await writeBuildContext(sandbox.path('server/Minio'), 'minio\n');
  });
  afterAll(() => stack.disposeAsync());

  it('starts from the .env as it stands, and names what has another name here', async () => {
    for (const name of ['REGISTRY_URL', 'REGISTRY_LOADBALENCER_SERVER_PORT', 'REGISTRY_HTTP_ENABLED']) {
      expect(server.logs()).toContain(name);
    }
    expect((await sandbox.run(['curl', '--silent', `http://${host}/v2/`])).stdout).toContain('UNAUTHORIZED');
  });

  it('2. Se connecter au registry', async () => {
    expect(said(await daemon.login(host, 'admin', 'changeme'))).toContain('Login Succeeded');
    // The manual's curl lines carry no password. curl takes it from here, so that they can stay as they are.
    await sandbox.write('home/.curlrc', 'silent\nuser = "admin:changeme"\n');
    expect(await shell(`curl http://${host}/v2/`)).toBe('{}');
  });

  it('3. Build et push une image', async () => {
    await docker(`docker build -t ${host}/minio:latest ./server/Minio`);
    await docker(`docker push ${host}/minio:latest`);
    expect((await shell(`curl http://${host}/v2/_catalog`)).trim()).toBe('{"repositories":["minio"]}');
  });

  it('4. Pull une image', async () => {
    await docker(`docker image rm ${host}/minio:latest`);
    await docker(`docker pull ${host}/minio:latest`);
    const container = (await docker(`docker run -d ${host}/minio:latest`)).trim();
    await docker(`docker wait ${container}`);
    expect(await docker(`docker logs ${container}`)).toBe('minio\n');
  });

  it('5. Lister les images du registry', async () => {
    expect(JSON.parse(await shell(`curl http://${host}/v2/_catalog`))).toEqual({ repositories: ['minio'] });
    expect(JSON.parse(await shell(`curl http://${host}/v2/minio/tags/list`))).toEqual({
      name: 'minio',
      tags: ['latest'],
    });
    expect(JSON.parse(await shell(`curl http://${host}/v2/minio/manifests/latest`))).toMatchObject({
      schemaVersion: 2,
    });
  });

  it('Intégration CI/CD: the steps of the Jenkins pipeline', async () => {
    const variables = {
      REGISTRY: host,
      IMAGE_NAME: 'minio',
      IMAGE_TAG: '7',
      REGISTRY_USER: 'admin',
      REGISTRY_PASS: 'changeme',
    };
    const steps = [
      'docker build -t ${REGISTRY}/${IMAGE_NAME}:${IMAGE_TAG} ./server/Minio',
      'docker tag ${REGISTRY}/${IMAGE_NAME}:${IMAGE_TAG} ${REGISTRY}/${IMAGE_NAME}:latest',
      'echo ${REGISTRY_PASS} | docker login ${REGISTRY} -u ${REGISTRY_USER} --password-stdin',
      'docker push ${REGISTRY}/${IMAGE_NAME}:${IMAGE_TAG}',
      'docker push ${REGISTRY}/${IMAGE_NAME}:latest',
      'docker pull ${REGISTRY}/${IMAGE_NAME}:${IMAGE_TAG}',
      'docker stop ${IMAGE_NAME} || true',
      'docker rm ${IMAGE_NAME} || true',
      'docker run -d --name ${IMAGE_NAME} ${REGISTRY}/${IMAGE_NAME}:${IMAGE_TAG}',
      'docker logout ${REGISTRY}',
    ];
    for (const step of steps) await docker(step, variables);
    expect(JSON.parse(await shell(`curl http://${host}/v2/minio/tags/list`))).toEqual({
      name: 'minio',
      tags: ['7', 'latest'],
    });
  });

  it('Supprimer une image', async () => {
    expect(await bytesOfBlobs()).toBeGreaterThan(0);
    const digest = await shell(
      `curl -I -H "Accept: application/vnd.docker.distribution.manifest.v2+json" http://${host}/v2/minio/manifests/latest` +
        ` | tr -d '\\r' | awk 'tolower($1) == "docker-content-digest:" {print $2}'`,
    );
    await shell(`curl -X DELETE http://${host}/v2/minio/manifests/${digest.trim()}`);
    expect(JSON.parse(await shell(`curl http://${host}/v2/minio/tags/list`))).toEqual({ name: 'minio', tags: [] });
    const collect = [`${BIN}/registry`, 'garbage-collect', '/etc/docker/registry/config.yml'];
    // Somebody may be pushing these very layers again: they are kept for an hour, and the command says how not to.
    expect(await sandbox.ok(collect)).toContain('--grace-seconds 0');
    // The pipeline moved the tag: what was built first has no name any more, and goes only when that is asked for. All of it
    // could be restored for a week: space is freed at once where that is said.
    expect(await sandbox.ok([...collect, '--delete-untagged', '--grace-seconds', '0'])).toContain('--purge');
    await sandbox.ok([...collect, '--delete-untagged', '--grace-seconds', '0', '--purge']);
    expect(await bytesOfBlobs()).toBe(0);
  });

  it('Changer les credentials: the new ones work after a restart, the old ones no more', async () => {
    await writeEnv('newuser', 'newpassword');
    await server.stop();
    server = await start();
    await docker(`docker logout ${host}`);
    expect((await daemon.login(host, 'admin', 'changeme')).status).not.toBe(0);
    expect(said(await daemon.login(host, 'newuser', 'newpassword'))).toContain('Login Succeeded');
    await docker(`docker push ${host}/minio:latest`);
  });

  it('Problème : "no basic auth credentials"', async () => {
    await docker(`docker logout ${host}`);
    const pushed = await daemon.docker('push', `${host}/minio:latest`);
    expect(said(pushed)).toContain('no basic auth credentials');
    await daemon.login(host, 'newuser', 'newpassword');
    expect((await daemon.docker('push', `${host}/minio:latest`)).status).toBe(0);
  });

  function start(): Promise<RunningHavre> {
    // Nothing but the .env says anything: what the tests would set otherwise is taken away.
    const names = ['HAVRE_DATA', 'HAVRE_HTTP_ADDRESS', 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD'];
    const env = Object.fromEntries([...names, 'REGISTRY_STORAGE_DELETE_ENABLED'].map((name) => [name, undefined]));
    return startHavre({ folder: sandbox.folder, data: sandbox.path('registry'), port, env });
  }

  async function writeEnv(username: string, password: string): Promise<void> {
    await sandbox.write(
      '.env',
      `# Docker Registry
REGISTRY_USERNAME=${username}
REGISTRY_PASSWORD=${password}
REGISTRY_URL=registry.\${HOST}
REGISTRY_LOADBALENCER_SERVER_PORT=5000
REGISTRY_HTTP_ENABLED=true
REGISTRY_HTTP_ADDR=:${port}
REGISTRY_STORAGE_DELETE_ENABLED=true
REGISTRY_STORAGE=filesystem
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${sandbox.path('registry')}
`,
    );
  }

  function shell(line: string, env: Record<string, string> = {}): Promise<string> {
    return sandbox.ok(['sh', '-c', line], { env });
  }

  function docker(line: string, env: Record<string, string> = {}): Promise<string> {
    return shell(line, { ...daemon.environment, ...env });
  }

  /** As `du -sh` in the manual, but for folders, which have a size of their own. */
  async function bytesOfBlobs(): Promise<number> {
    const sizes = await sandbox.ok(['find', sandbox.path('registry/blobs'), '-type', 'f', '-printf', '%s\n']);
    return sizes.split('\n').reduce((sum, size) => sum + Number(size), 0);
  }
});
