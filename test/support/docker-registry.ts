import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { runOk } from './process.ts';

export interface DockerRegistryOptions {
  /** By htpasswd. Default: everybody may do everything. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Default `false`, as it is installed. */
  readonly deletes?: boolean;
  /** PEM. Default: plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface DockerRegistry extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Where it keeps what is pushed. */
  readonly data: string;
}

/** Debian's `docker-registry`, distribution 2.8. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const { login, deletes = false, tls } = options;
  const folder = temporaryFolder('docker-registry');
  const data = join(folder, 'data');
  const port = await freePort();
  mkdirSync(data);
  const files = {
    htpasswd: join(folder, 'htpasswd'),
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
  };
  if (login !== undefined) {
    const hash = await Bun.password.hash(login.password, { algorithm: 'bcrypt', cost: 5 });
    writeFileSync(files.htpasswd, `${login.username}:${hash.replace(/^\$2b\$/, '$2y$')}\n`);
  }
  if (tls !== undefined) {
    writeFileSync(files.certificate, tls.certificate);
    writeFileSync(files.key, tls.key);
  }
  const path = join(folder, 'config.yml');
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: deletes } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(tls !== undefined && { tls: { certificate: files.certificate, key: files.key } }),
    },
    ...(login !== undefined && { auth: { htpasswd: { realm: 'test', path: files.htpasswd } } }),
  };
  writeFileSync(path, JSON.stringify(configuration));
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const daemon = new Daemon({
    name: 'docker-registry',
    command: ['docker-registry', 'serve', path],
    isReady: async () => {
      const reply = await fetch(`${url}/v2/`, { tls: { rejectUnauthorized: false } });
      await reply.arrayBuffer();
    },
  });
  await daemon.start();
  return {
    url,
    host: `127.0.0.1:${port}`,
    data,
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]();
      removeFolder(folder);
    },
  };
}

/** A certificate that nobody signed but itself. @param names `DNS:registry.example.org`, `IP:127.0.0.1` */
export async function selfSignedCertificate(
  names: readonly string[],
): Promise<{ readonly certificate: string; readonly key: string }> {
  const folder = temporaryFolder('certificate');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const request = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-days', '30', '-subj', '/CN=registry of a test', '-addext', `subjectAltName=${names.join(',')}`];
  await runOk([...request, '-keyout', key, '-out', certificate, ...subject]);
  const pem = { certificate: await Bun.file(certificate).text(), key: await Bun.file(key).text() };
  removeFolder(folder);
  return pem;
}
