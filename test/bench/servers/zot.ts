import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { descriptorOf } from '../../support/image.ts';
import { freePort } from '../../support/ports.ts';
import { basicAuthorization } from '../../support/server.ts';
import { SMALL_IMAGE } from '../small-image.ts';
import { writeHtpasswd } from './htpasswd.ts';
import { spawnServer, type Contender, type Content, type RunningServer, type StartOptions } from './server.ts';

/** zot, durable (`commit: true`), everything else as it is by default, but for its log: `debug` would be unfair. */
export const zot: Contender = {
  name: 'zot',
  missing: () => (zotPath() === undefined ? 'no zot: set HAVRE_BENCH_ZOT, or put it in PATH or ~/go/bin' : undefined),
  versionCommand: () => [zotPath() ?? 'zot', '--version'],
  start: startZot,
  fill: fillZot,
};

function zotPath(): string | undefined {
  const places = [process.env['HAVRE_BENCH_ZOT'], Bun.which('zot'), join(homedir(), 'go/bin/zot')];
  return places.find((path): path is string => typeof path === 'string' && existsSync(path));
}

async function startZot(options: StartOptions): Promise<RunningServer> {
  const port = await freePort();
  const htpasswd = join(options.folder, 'htpasswd');
  const configuration = {
    distSpecVersion: '1.1.1',
    storage: { rootDirectory: dataFolder(options.folder), commit: true },
    http: {
      address: '127.0.0.1',
      port: String(port),
      ...(options.login && { auth: { htpasswd: { path: htpasswd } } }),
    },
    log: { level: 'info' },
  };
  if (options.login) await writeHtpasswd(htpasswd, options.login);
  await mkdir(dataFolder(options.folder), { recursive: true });
  const path = join(options.folder, 'zot.json');
  await writeFile(path, JSON.stringify(configuration));
  return spawnServer({
    name: 'zot',
    command: [zotPath() ?? 'zot', 'serve', path],
    folder: options.folder,
    port,
    ...(options.login && { authorization: basicAuthorization(options.login.username, options.login.password) }),
  });
}

/** Its layout on disk: each repository is an OCI image layout, and its tags are entries of `index.json`. */
async function fillZot(folder: string, content: Content): Promise<void> {
  for (const { name, tags } of content.repositories) {
    const repository = join(dataFolder(folder), name);
    const blobs = join(repository, 'blobs/sha256');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(repository, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    for (const { digest, bytes } of [SMALL_IMAGE.manifest, ...SMALL_IMAGE.blobs]) {
      await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
    }
    const manifests = tags.map((tag) => ({
      ...descriptorOf(SMALL_IMAGE.manifest),
      annotations: { 'org.opencontainers.image.ref.name': tag },
    }));
    await writeFile(join(repository, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  }
}

function dataFolder(folder: string): string {
  return join(folder, 'data');
}
