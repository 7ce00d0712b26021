import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/ports.ts';
import { S3_REGION } from '../../support/s3-server.ts';
import { basicAuthorization } from '../../support/server.ts';
import { SMALL_IMAGE } from '../small-image.ts';
import { writeHtpasswd } from './htpasswd.ts';
import { spawnServer, type Contender, type Content, type RunningServer, type StartOptions } from './server.ts';

/**
 * Debian's `docker-registry` (distribution 2.8), configured as Debian ships it but for the address, the folder and the
 * authentication. It has no setting for durability: it fsyncs the file of every upload, never a folder.
 */
export const dockerRegistry: Contender = {
  name: 'docker-registry',
  missing: () => (Bun.which('docker-registry') === null ? 'docker-registry is not installed' : undefined),
  versionCommand: () => ['docker-registry', '--version'],
  start: startDockerRegistry,
  fill: fillDockerRegistry,
};

async function startDockerRegistry(options: StartOptions): Promise<RunningServer> {
  const port = await freePort();
  const configuration = {
    version: 0.1,
    log: { fields: { service: 'registry' } },
    storage: {
      cache: { blobdescriptor: 'inmemory' },
      ...whereImagesAre(options),
      delete: { enabled: true },
    },
    http: { addr: `127.0.0.1:${port}`, headers: { 'X-Content-Type-Options': ['nosniff'] } },
    health: { storagedriver: { enabled: true, interval: '10s', threshold: 3 } },
    ...(options.login && { auth: { htpasswd: { realm: 'basic-realm', path: join(options.folder, 'htpasswd') } } }),
  };
  if (options.login) await writeHtpasswd(join(options.folder, 'htpasswd'), options.login);
  await mkdir(dataFolder(options.folder), { recursive: true });
  const path = join(options.folder, 'config.yml');
  await writeFile(path, JSON.stringify(configuration));
  return spawnServer({
    name: 'docker-registry',
    command: ['docker-registry', 'serve', path],
    folder: options.folder,
    port,
    ...(options.login && { authorization: basicAuthorization(options.login.username, options.login.password) }),
  });
}

function whereImagesAre({ folder, objects }: StartOptions): object {
  if (objects === undefined) return { filesystem: { rootdirectory: dataFolder(folder) } };
  const { endpoint, bucket, credentials } = objects.server;
  return {
    s3: {
      accesskey: credentials.AWS_ACCESS_KEY_ID,
      secretkey: credentials.AWS_SECRET_ACCESS_KEY,
      region: S3_REGION,
      regionendpoint: endpoint,
      bucket,
      secure: false,
      rootdirectory: `/${objects.prefix}`,
    },
    // As Havre does unless told otherwise: the bytes pass through the registry.
    redirect: { disable: true },
  };
}

/** Its layout on disk: a tag is a folder with a link file, a repository is known by its `_layers` folder. */
async function fillDockerRegistry(folder: string, content: Content): Promise<void> {
  const { digest, bytes } = SMALL_IMAGE.manifest;
  const hex = digest.slice('sha256:'.length);
  const root = join(dataFolder(folder), 'docker/registry/v2');
  const blob = join(root, 'blobs/sha256', hex.slice(0, 2), hex);
  await mkdir(blob, { recursive: true });
  await writeFile(join(blob, 'data'), bytes);
  for (const { name, tags } of content.repositories) {
    const repository = join(root, 'repositories', name);
    const revision = join(repository, '_manifests/revisions/sha256', hex);
    await mkdir(join(repository, '_layers'), { recursive: true });
    await mkdir(revision, { recursive: true });
    await writeFile(join(revision, 'link'), digest);
    for (const tag of tags) {
      const current = join(repository, '_manifests/tags', tag, 'current');
      await mkdir(current, { recursive: true });
      await writeFile(join(current, 'link'), digest);
    }
  }
}

function dataFolder(folder: string): string {
  return join(folder, 'data');
}
