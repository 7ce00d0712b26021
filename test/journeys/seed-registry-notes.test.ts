import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { eventually } from '../support/eventually.ts';
import { IMAGE_INDEX, imageOf, indexOf, randomBlob } from '../support/image.ts';
import { freePort } from '../support/ports.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { said } from './clients/client.ts';
import { makeAuthority, type Authority } from './harness/authority.ts';
import { Dockerd, DOCKER_TOOLS } from './harness/dockerd.ts';
import { writeBuildContext } from './harness/hello.ts';
import { startNginx } from './harness/nginx.ts';
import { havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const LOOPBACK = '127.0.0.1';

/** An address of the machine that is not loopback, where it has one. */
function addressOfThisMachine(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? LOOPBACK;
}

/**
 * Notes of a course: a registry called formation.lan, with TLS of one's own making and an htpasswd file, and what one
 * asks of it with curl. Only the port is another than 443.
 */
journey('the notes of a course on registries', [...DOCKER_TOOLS, 'curl', 'htpasswd', 'awk', 'nginx'], () => {
  const stack = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let daemon: Dockerd;
  let tls: Authority;
  let registry: Registry;
  let host: string;
  let address: string;
  let client: RegistryClient;

  beforeAll(async () => {
    sandbox = stack.use(await Sandbox.open());
    tls = await makeAuthority(sandbox.path('certs'), ['formation.lan', 'localhost', '127.0.0.1']);
    await sandbox.ok(['sh', '-c', 'htpasswd -Bbn testuser password > htpasswd']);
    const port = await freePort();
    registry = stack.use(
      await openRegistry({
        scheme: 'https',
        port,
        env: {
          REGISTRY_AUTH_HTPASSWD_PATH: sandbox.path('htpasswd'),
          REGISTRY_HTTP_TLS_CERTIFICATE: tls.certificate,
          REGISTRY_HTTP_TLS_KEY: tls.key,
          HAVRE_HTTP_TRUSTED_PROXIES: '127.0.0.1',
          HAVRE_HTTP_ADDRESS: `:${port}`,
        },
      }),
    );
    host = `formation.lan:${registry.server.port}`;
    address = addressOfThisMachine();
    client = new RegistryClient(registry.server);
    await sandbox.write('home/.curlrc', `silent\nresolve = "${host}:${address}"\n`);
    daemon = stack.use(await Dockerd.start(sandbox, { hosts: { 'formation.lan': address } }));
    const context = await writeBuildContext(sandbox.path('multiplat'), 'formation\n');
    await daemon.dockerOk('build', '--tag', 'multiplat', context);
  });
  afterAll(() => stack.disposeAsync());

  // Docker believes every certificate of a loopback address.
  it.skipIf(addressOfThisMachine() === LOOPBACK)('warns of a certificate that nobody vouches for', async () => {
    const login = await daemon.login(host, 'testuser', 'password');
    expect(login.status).not.toBe(0);
    expect(said(login)).toContain('x509: certificate signed by unknown authority');
  });

  it('is used nevertheless, by a daemon told that it is insecure', async () => {
    await writeFile(`${daemon.etc}/docker/daemon.json`, JSON.stringify({ 'insecure-registries': [host] }));
    await daemon.stop();
    await daemon.start();
    expect(said(await daemon.login(host, 'testuser', 'password'))).toContain('Login Succeeded');
    await daemon.dockerOk('logout', host);
    await writeFile(`${daemon.etc}/docker/daemon.json`, '{}');
    await daemon.stop();
    await daemon.start();
  });

  it('is trusted with the authority’s certificate in /etc/docker/certs.d', async () => {
    const folder = `${daemon.etc}/docker/certs.d/${host}`;
    await sandbox.ok(['sh', '-c', `mkdir -p "${folder}" && cp "${tls.authority}" "${folder}/ca.crt"`]);
    expect(tls.instructions).toContain('/etc/docker/certs.d/');
    const login = await daemon.docker('login', host, '--username', 'testuser', '--password', 'password');
    expect(said(login)).toContain('Login Succeeded');
  });

  it('takes names with several parts: tag, push, pull', async () => {
    for (const reference of [`${host}/name/space/multiplat:1.0`, `${host}/multiplat:docker`]) {
      await daemon.dockerOk('tag', 'multiplat', reference);
      await daemon.dockerOk('push', reference);
      await daemon.dockerOk('rmi', reference);
      await daemon.dockerOk('pull', reference);
      expect(await daemon.dockerOk('run', '--rm', reference)).toBe('formation\n');
    }
  });

  it('answers curl: the images, the tags, the content of a tag', async () => {
    await pushMultiplat();
    expect(await shell(`curl -kX GET \\\n     -u "testuser:password" \\\n     https://${host}/v2/_catalog`)).toBe(
      '{"repositories":["multiplat","name/space/multiplat"]}',
    );
    const tags = await shell(
      `curl -kX GET \\\n     -u "testuser:password" \\\n     https://${host}/v2/multiplat/tags/list`,
    );
    expect(JSON.parse(tags)).toEqual({ name: 'multiplat', tags: ['docker', 'latest'] });
    const index = await shell(
      `curl -kX GET \\\n     -u "testuser:password" \\\n     https://${host}/v2/multiplat/manifests/latest`,
    );
    expect(JSON.parse(index)).toMatchObject({ schemaVersion: 2, mediaType: IMAGE_INDEX });
  });

  it('prints the digest of a Docker manifest', async () => {
    const digest = await shell(
      `curl -skIX GET \\
     -u "testuser:password" \\
     -H "Accept: application/vnd.docker.distribution.manifest.v2+json" \\
     https://${host}/v2/multiplat/manifests/docker | awk '/^Docker-Content-Digest/ {print $2}'`,
    );
    expect(digest.trim()).toBe(await digestOf('docker'));
  });

  it('prints the digest of a multi-platform image, whose header HTTP/2 writes in small letters', async () => {
    await using proxy = await startNginx(sandbox, { upstream: registry.server.url, tls, http2: true });
    const port = proxy.host.split(':')[1];
    await sandbox.write('home/.curlrc', `silent\nresolve = "formation.lan:${port}:127.0.0.1"\n`);
    const digest = await shell(
      `curl -skIX GET \\
     -u "testuser:password" \\
     -H "Accept: application/vnd.oci.image.manifest.v1+json" \\
     -H "Accept: application/vnd.oci.image.index.v1+json" \\
     https://formation.lan:${port}/v2/multiplat/manifests/latest | awk '/^docker-content-digest/ {print $2}'`,
    );
    await sandbox.write('home/.curlrc', `silent\nresolve = "${host}:${address}"\n`);
    expect(digest.trim()).toBe(await digestOf('latest'));
  });

  it('deletes softly, then hard', async () => {
    const digest = await digestOf('latest');
    await shell(
      `curl -kX DELETE \\\n     -u "testuser:password" \\\n     https://${host}/v2/multiplat/manifests/${digest}`,
    );
    expect(await client.tags('multiplat')).toEqual(['docker']);
    expect(await havreOk(registry, ['garbage-collect'])).not.toBe('');
    expect(await client.tags('multiplat')).toEqual(['docker']);
    await daemon.dockerOk('pull', `${host}/multiplat:docker`);
  });

  it('follows the htpasswd file while it runs', async () => {
    await sandbox.ok(['sh', '-c', 'htpasswd -Bbn second secret >> htpasswd']);
    await eventually('the new user is let in', async () => {
      const catalog = await sandbox.ok(['curl', '-k', '-u', 'second:secret', `https://${host}/v2/`]);
      expect(catalog).toBe('{}');
    });
    await sandbox.ok(['htpasswd', '-D', 'htpasswd', 'testuser']);
    await eventually('the removed user is kept out', async () => {
      const refused = await sandbox.ok(['curl', '-k', '-u', 'testuser:password', `https://${host}/v2/`]);
      expect(refused).toContain('UNAUTHORIZED');
    });
  });

  /** What `docker buildx build --platform … --push` sends: an image for each processor, and their index. */
  async function pushMultiplat(): Promise<void> {
    const images = [imageOf([randomBlob(1000)]), imageOf([randomBlob(1000)])];
    for (const image of images) await client.pushImage('multiplat', image);
    await client.pushManifest('multiplat', indexOf(images.map(({ manifest }) => manifest)), 'latest');
  }

  async function digestOf(tag: string): Promise<string> {
    const reply = await client.expect(200, 'HEAD', `/v2/multiplat/manifests/${tag}`);
    return reply.headers.get('docker-content-digest') ?? '';
  }

  function shell(line: string): Promise<string> {
    return sandbox.ok(['sh', '-c', line]);
  }
});
