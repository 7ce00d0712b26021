import { describe, expect, it } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { havre } from '../support/command-line.ts';
import { errorReply } from '../support/error-reply.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob, type Image } from '../support/image.ts';
import { newPostgresDatabase, postgresRunsHere } from '../support/postgres.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { s3Program, S3Server } from '../support/s3-server.ts';
import { startHavre } from '../support/server.ts';

interface Told {
  readonly blobs: number;
  readonly copied: number;
  readonly lost: readonly string[];
  readonly readOnlySeconds: number;
  readonly settings: readonly string[];
}

function newImage(layers = 2): Image {
  return imageOf(Array.from({ length: layers }, () => randomBlob(50_000)));
}

/** Pushes one image after another until it is told to stop or refused. @returns what was acknowledged. */
async function pushOn(client: RegistryClient, signal: AbortSignal): Promise<ReadonlyMap<string, Image>> {
  const acknowledged = new Map<string, Image>();
  for (let number = 0; !signal.aborted; number += 1) {
    const image = newImage(1);
    try {
      await client.pushImage('load/app', image, `v${number}`);
      acknowledged.set(`v${number}`, image);
    } catch {
      break;
    }
  }
  return acknowledged;
}

describe('without another engine', () => {
  it('a registry moves to another data folder while clients push, and loses nothing that was acknowledged', async () => {
    const folder = temporaryFolder('migrate');
    try {
      const to = join(folder, 'new');
      await using server = await startHavre({ data: join(folder, 'data') });
      const client = new RegistryClient(server);
      const before = newImage(20);
      await client.pushImage('team/app', before, 'v1');
      const stop = new AbortController();
      const pushing = pushOn(client, stop.signal);
      const moved = await havre(['migrate', '--to-data', to, '--data', server.data, '--json'], {});
      expect(moved).toMatchObject({ status: 0, stderr: '' });
      const report = JSON.parse(moved.stdout) as Told;
      expect(report.settings).toEqual([`HAVRE_DATA=${to}`]);
      expect(report.readOnlySeconds).toBeGreaterThan(0);
      stop.abort();
      const acknowledged = await pushing;

      const refused = await client.send('POST', '/v2/team/app/blobs/uploads/');
      expect(refused.headers.get('retry-after')).not.toBeNull();
      expect(await errorReply(refused)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      expect(await client.pullManifest('team/app', 'v1')).toEqual(before.manifest.bytes);
      const twice = await havre(['migrate', '--to-data', to, '--data', server.data], {});
      expect(twice).toMatchObject({ status: 1, stderr: expect.stringContaining('--resume-serving') });
      await server.stop();

      await using restarted = await startHavre({ data: server.data });
      const tooLate = await new RegistryClient(restarted).send('POST', '/v2/team/app/blobs/uploads/');
      expect(await errorReply(tooLate)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      await restarted.stop();

      await using next = await startHavre({ data: to });
      const nextClient = new RegistryClient(next);
      expect(await nextClient.pullManifest('team/app', 'v1')).toEqual(before.manifest.bytes);
      for (const [tag, image] of acknowledged) {
        expect(await nextClient.pullManifest('load/app', tag)).toEqual(image.manifest.bytes);
        for (const { digest, bytes } of image.blobs) {
          expect(await nextClient.pullBlob('load/app', digest)).toEqual(bytes);
        }
      }
      expect(await havre(['verify', '--full', '--data', to], {})).toMatchObject({ status: 0 });
      await nextClient.pushImage('team/app', newImage(), 'v2');
      await next.stop();
    } finally {
      removeFolder(folder);
    }
  }, 180_000);

  it('a registry whose server is killed half-way goes on, and moves when it is told to again', async () => {
    const folder = temporaryFolder('migrate');
    try {
      const to = join(folder, 'new');
      const data = join(folder, 'data');
      const image = newImage(60);
      const server = await startHavre({ data });
      await new RegistryClient(server).pushImage('team/app', image, 'v1');
      const moving = havre(['migrate', '--to-data', to, '--data', data], {});
      await eventually('it is half-way', () => {
        if (readdirSync(join(to, 'blobs/sha256')).length < 5) throw new Error('not yet');
      });
      await server.kill();
      await moving;
      const early = await havre(['verify', '--data', to], {});
      expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining('was interrupted') });

      const again = await startHavre({ data });
      await new RegistryClient(again).pushImage('team/app', newImage(), 'v2');
      const moved = await havre(['migrate', '--to-data', to, '--data', data, '--json'], {});
      expect(moved).toMatchObject({ status: 0, stderr: '' });
      await again.stop();
      expect(await havre(['verify', '--full', '--data', to], {})).toMatchObject({ status: 0 });
      await using next = await startHavre({ data: to });
      expect(await new RegistryClient(next).tags('team/app')).toEqual(['v1', 'v2']);
      await next.stop();
    } finally {
      removeFolder(folder);
    }
  }, 180_000);

  it('a registry that was moved takes pushes again for who decides against it, and moves later', async () => {
    const folder = temporaryFolder('migrate');
    try {
      const to = join(folder, 'new');
      await using server = await startHavre();
      const client = new RegistryClient(server);
      await client.pushImage('team/app', newImage(), 'v1');
      const migrate = ['migrate', '--to-data', to, '--data', server.data, '--json'];
      expect(await havre(migrate, {})).toMatchObject({ status: 0 });
      expect(await havre(['migrate', '--resume-serving', '--data', server.data], {})).toMatchObject({ status: 0 });
      await client.pushImage('team/app', newImage(), 'v2');
      expect(await havre(migrate, {})).toMatchObject({ status: 0 });
      await server.stop();
      await using next = await startHavre({ data: to });
      expect(await new RegistryClient(next).tags('team/app')).toEqual(['v1', 'v2']);
      await next.stop();
    } finally {
      removeFolder(folder);
    }
  }, 120_000);

  it('a target that holds something is refused, and the registry goes on', async () => {
    await using other = await startHavre();
    await new RegistryClient(other).pushImage('team/app', newImage(), 'v1');
    await other.stop();
    await using server = await startHavre();
    const client = new RegistryClient(server);
    await client.pushImage('team/app', newImage(), 'v1');
    const folder = temporaryFolder('migrate');
    try {
      await using used = await startHavre({ data: folder });
      await new RegistryClient(used).pushImage('team/app', newImage(), 'v1');
      const migrate = ['migrate', '--to-data', folder, '--data', server.data];
      expect(await havre(migrate, {})).toMatchObject({ status: 1, stderr: expect.stringContaining('is used by') });
      await used.stop();
      expect(await havre(migrate, {})).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('holds a registry'),
      });
    } finally {
      removeFolder(folder);
    }
    await client.pushImage('team/app', newImage(), 'v2');
    await server.stop();
  }, 120_000);
});

describe.skipIf(!postgresRunsHere('a migration to PostgreSQL'))('to PostgreSQL', () => {
  it('the facts move and the bytes stay; a backup brings them back to SQLite and a folder', async () => {
    const folder = temporaryFolder('migrate');
    try {
      const url = await newPostgresDatabase();
      const secret = join(folder, 'url');
      writeFileSync(secret, `${url}\n`);
      const server = await startHavre({ data: join(folder, 'data') });
      const image = newImage();
      await new RegistryClient(server).pushImage('team/app', image, 'v1');
      const moved = await havre(['migrate', '--to-database', `@${secret}`, '--data', server.data, '--json'], {});
      expect(moved).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(moved.stdout)).toMatchObject({ copied: 0, blobs: 3, lost: [] });
      await server.stop();

      await using next = await startHavre({ data: server.data, env: { HAVRE_DATABASE_URL: url } });
      const client = new RegistryClient(next);
      for (const { digest, bytes } of image.blobs) expect(await client.pullBlob('team/app', digest)).toEqual(bytes);
      const second = newImage();
      await client.pushImage('team/app', second, 'v2');
      const env = { HAVRE_DATABASE_URL: url };
      expect(await havre(['verify', '--full', '--data', next.data], env)).toMatchObject({ status: 0 });
      const backup = join(folder, 'backup');
      expect(await havre(['backup', backup, '--data', next.data], env)).toMatchObject({ status: 0 });
      await next.stop();

      const restored = join(folder, 'restored');
      expect(await havre(['restore', backup, '--data', restored], {})).toMatchObject({ status: 0 });
      await using back = await startHavre({ data: restored });
      expect(await new RegistryClient(back).pullManifest('team/app', 'v2')).toEqual(second.manifest.bytes);
      await back.stop();
      const elsewhere = { HAVRE_DATABASE_URL: await newPostgresDatabase() };
      const again = await havre(['restore', backup, '--data', join(folder, 'node')], elsewhere);
      expect(again).toMatchObject({ status: 0 });
    } finally {
      removeFolder(folder);
    }
  }, 180_000);

  const program = s3Program('versitygw') === undefined ? 'minio' : 'versitygw';
  it.skipIf(s3Program(program) === undefined)(
    'and the bytes to S3, while clients push; and backups go to S3 and come back',
    async () => {
      const folder = temporaryFolder('migrate');
      await using s3 = await S3Server.start({ program });
      try {
        const url = await newPostgresDatabase();
        await using server = await startHavre({ env: { ...s3.credentials } });
        const client = new RegistryClient(server);
        const large = imageOf([randomBlob(40_000_000), randomBlob(0)]);
        await client.pushImage('team/app', large, 'v1');
        const stop = new AbortController();
        const pushing = pushOn(client, stop.signal);
        const storage = s3.storage('moved');
        const arguments_ = ['--to-database', url, '--to-storage', storage, '--data', server.data, '--json'];
        const moved = await havre(['migrate', ...arguments_], {});
        expect(moved).toMatchObject({ status: 0, stderr: '' });
        expect(moved.stdout).not.toContain(new URL(url).password || 'no password');
        stop.abort();
        const acknowledged = await pushing;
        await server.stop();

        const env = { HAVRE_DATABASE_URL: url, HAVRE_STORAGE: storage, ...s3.credentials };
        const node = join(folder, 'node');
        await using next = await startHavre({ data: node, env });
        const nextClient = new RegistryClient(next);
        for (const { digest, bytes } of large.blobs) {
          expect(await nextClient.pullBlob('team/app', digest)).toEqual(bytes);
        }
        for (const [tag, image] of acknowledged) {
          expect(await nextClient.pullManifest('load/app', tag)).toEqual(image.manifest.bytes);
          for (const { digest, bytes } of image.blobs) {
            expect(await nextClient.pullBlob('load/app', digest)).toEqual(bytes);
          }
        }
        expect(await havre(['verify', '--full', '--data', node], env)).toMatchObject({ status: 0 });
        const backup = s3.storage('backups');
        expect(await havre(['backup', backup, '--data', node, '--json'], env)).toMatchObject({ status: 0, stderr: '' });
        const twice = await havre(['backup', backup, '--keep', '1', '--verify', '--data', node, '--json'], env);
        expect(JSON.parse(twice.stdout)).toMatchObject({ copied: 0, healed: 0, lost: [] });
        await next.stop();
        const restored = join(folder, 'restored');
        const back = await havre(['restore', backup, '--data', restored], { ...s3.credentials });
        expect(back).toMatchObject({ status: 0, stderr: '' });
        expect(await havre(['verify', '--full', '--data', restored], {})).toMatchObject({ status: 0 });
      } finally {
        removeFolder(folder);
      }
    },
    240_000,
  );
});
