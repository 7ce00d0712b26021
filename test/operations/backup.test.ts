import { describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { havre, LAUNCHER } from '../support/command-line.ts';
import { plainEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob, type Image } from '../support/image.ts';
import { descendants, runOk } from '../support/process.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre } from '../support/server.ts';

/** A folder of the test's own, gone at its end. */
function workingFolder(): Disposable & { readonly path: string } {
  const path = temporaryFolder('operations');
  return { path, [Symbol.dispose]: () => removeFolder(path) };
}

async function expectServed(data: string, images: ReadonlyMap<string, Image>): Promise<void> {
  await using server = await startHavre({ data });
  const client = new RegistryClient(server);
  for (const [reference, image] of images) {
    const [repository = '', tag = ''] = reference.split(':');
    expect(await client.pullManifest(repository, tag)).toEqual(image.manifest.bytes);
    for (const { digest, bytes } of image.blobs) expect(await client.pullBlob(repository, digest)).toEqual(bytes);
  }
  const verified = await havre(['verify', '--full', '--data', data], {});
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  await server.stop();
}

function newImage(): Image {
  return imageOf([randomBlob(200_000), randomBlob(1000)]);
}

describe('a backup of a running server', () => {
  it('restores into an empty folder, and verifies there', async () => {
    using folder = workingFolder();
    await using server = await startHavre();
    const client = new RegistryClient(server);
    const images = new Map([
      ['team/app:v1', newImage()],
      ['base/os:latest', newImage()],
    ]);
    for (const [reference, image] of images) {
      const [repository = '', tag] = reference.split(':');
      await client.pushImage(repository, image, tag);
    }
    const target = join(folder.path, 'backup');
    const made = await havre(['backup', target, '--data', server.data, '--json'], {});
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({ copied: 6, kept: 0, lost: [] });
    expect(await havre(['backup', target, '--data', server.data, '--keep', '1'], {})).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('6 blobs were there already'),
    });
    await server.stop();
    const data = join(folder.path, 'data');
    expect(await havre(['restore', target, '--data', data], {})).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('2 repositories, 2 tags, 2 manifests, 6 blobs'),
    });
    expect(await havre(['restore', target, '--data', data], {})).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('holds a registry already'),
    });
    await expectServed(data, images);
  }, 120_000);

  it('is refused to anybody who is not on its machine', async () => {
    await using server = await startHavre();
    const reply = await fetch(`${server.url}/api/v1/backups`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ target: '/tmp/nowhere' }),
    });
    expect(reply.status).toBe(403);
    await reply.arrayBuffer();
  }, 60_000);
});

describe("the seed's tar of the volume", () => {
  it('of a server that is stopped is the registry', async () => {
    using folder = workingFolder();
    const images = new Map([['team/app:v1', newImage()]]);
    const data = join(folder.path, 'data');
    const server = await startHavre({ data });
    for (const image of images.values()) await new RegistryClient(server).pushImage('team/app', image, 'v1');
    await server.stop();
    const restored = await untarred(folder.path, data);
    await expectServed(restored, images);
  }, 120_000);

  it('of a server that runs, taken after a backup into the volume, restores from that', async () => {
    using folder = workingFolder();
    const images = new Map([['team/app:v1', newImage()]]);
    const data = join(folder.path, 'data');
    await using server = await startHavre({ data });
    const client = new RegistryClient(server);
    for (const image of images.values()) await client.pushImage('team/app', image, 'v1');
    expect(await havre(['backup', join(data, 'backup'), '--data', data], {})).toMatchObject({ status: 0 });
    // Pushed after the backup: the tar may hold it, in part, or not.
    await client.pushImage('team/app', newImage(), 'v2');
    const restored = await untarred(folder.path, data);
    const fresh = join(folder.path, 'fresh');
    expect(await havre(['restore', join(restored, 'backup'), '--data', fresh], {})).toMatchObject({ status: 0 });
    await expectServed(fresh, images);
    // And the rest of the tar, as it was found on the disk of a running server, starts and verifies, too.
    await expectServed(restored, images);
  }, 120_000);
});

async function untarred(folder: string, data: string): Promise<string> {
  const archive = join(folder, 'registry-backup.tar.gz');
  const restored = join(folder, 'restored');
  await runOk(['tar', 'czf', archive, '-C', data, '.']);
  await runOk(['mkdir', restored]);
  await runOk(['tar', 'xzf', archive, '-C', restored]);
  return restored;
}

describe('killed half-way', () => {
  it('a backup and a restore go on when they are run again', async () => {
    using folder = workingFolder();
    const images = new Map([['team/app:v1', imageOf(Array.from({ length: 60 }, () => randomBlob(300_000)))]]);
    const data = join(folder.path, 'data');
    {
      const server = await startHavre({ data });
      for (const image of images.values()) await new RegistryClient(server).pushImage('team/app', image, 'v1');
      await server.stop();
    }
    const target = join(folder.path, 'backup');
    await killedWhen(['backup', target, '--data', data], () => countFiles(join(target, 'blobs')) > 5);
    const made = await havre(['backup', target, '--data', data, '--json'], {});
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect((JSON.parse(made.stdout) as { kept: number }).kept).toBeGreaterThan(0);

    const restored = join(folder.path, 'restored');
    await killedWhen(['restore', target, '--data', restored], () => countFiles(join(restored, 'blobs')) > 5);
    const early = await havre(['verify', '--data', restored], {});
    expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining('was interrupted') });
    const again = await havre(['restore', target, '--data', restored, '--json'], {});
    expect(again).toMatchObject({ status: 0, stderr: '' });
    await expectServed(restored, images);
  }, 180_000);
});

function countFiles(folder: string): number {
  try {
    return [...new Bun.Glob('**/*').scanSync({ cwd: folder })].length;
  } catch {
    return 0;
  }
}

/** SIGKILL of the program and its launcher in the middle of the work. */
async function killedWhen(args: readonly string[], isTime: () => boolean): Promise<void> {
  const child = Bun.spawn(['node', LAUNCHER, ...args], {
    env: plainEnvironment(),
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  await eventually('it is half-way', () => {
    if (!isTime() && child.exitCode === null) throw new Error('not yet');
  });
  for (const pid of [child.pid, ...descendants(child.pid)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
  await child.exited;
}
