import { describe, expect, it } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorReply } from '../support/error-reply.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { mayMakeImmutable, whileImmutable } from '../support/immutable.ts';
import { RegistryClient, UnexpectedReplyError } from '../support/registry-client.ts';
import { EarlyExitError, startHavre, type RunningHavre } from '../support/server.ts';

const isPossible = await mayMakeImmutable();
if (!isPossible) console.warn('skipped: chattr +i is not allowed here: it takes root, and a file system that knows it');

describe.skipIf(!isPossible)('a data folder that may not be written any more', () => {
  it('refuses blobs clearly while the folders of bytes are read-only, and takes them afterwards', async () => {
    await withServer(async (server, client) => {
      const before = imageOf([randomBlob(50_000)]);
      await client.pushImage('lost/bytes', before, 'v1');
      const after = imageOf([randomBlob(50_000)]);

      await whileImmutable([join(server.data, 'blobs'), join(server.data, 'uploads')], async () => {
        expect(await refusalOf(client.pushImage('lost/bytes', after, 'v2'))).toBe(503);
        const reply = await client.send('POST', '/v2/lost/bytes/blobs/uploads/');
        expect(await errorReply(reply)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
        await expectStillServed(client, before.manifest.bytes);
      });

      await eventually('a push is taken again', async () => await client.pushImage('lost/bytes', after, 'v2'));
      expect(await client.pullManifest('lost/bytes', 'v2')).toEqual(after.manifest.bytes);
    });
  }, 60_000);

  it('refuses everything that changes facts while the database is read-only, and heals without a restart', async () => {
    await withServer(async (server, client) => {
      const before = imageOf([randomBlob(50_000)]);
      await client.pushImage('lost/bytes', before, 'v1');

      await whileImmutable(databaseFiles(server.data), async () => {
        const reply = await client.send('PUT', '/v2/lost/bytes/manifests/v2', {
          body: before.manifest.bytes,
          headers: { 'content-type': before.manifest.mediaType },
        });
        expect(await errorReply(reply)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
        const deletion = await client.send('DELETE', '/v2/lost/bytes/manifests/v1');
        expect(await errorReply(deletion)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
        expect(await client.tags('lost/bytes')).toEqual(['v1']);
        await expectStillServed(client, before.manifest.bytes);
      });

      await eventually('a push is taken again', async () => {
        await client.pushManifest('lost/bytes', before.manifest, 'v2');
      });
      expect(await client.tags('lost/bytes')).toEqual(['v1', 'v2']);
    });
  }, 60_000);

  it('says at the start which folder it cannot write', async () => {
    const data = temporaryFolder('read-only');
    try {
      await whileImmutable([data], async () => {
        const error = await startHavre({ data }).then(
          async (server) => await server.kill().then(() => undefined),
          (reason: unknown) => reason,
        );
        if (!(error instanceof EarlyExitError)) throw new Error('it started', { cause: error });
        expect(error.status).not.toBe(0);
        expect(error.logs).toContain(data);
        expect(error.logs).not.toMatch(/^\s+at .*:\d+/m);
      });
    } finally {
      removeFolder(data);
    }
  }, 60_000);
});

async function withServer(work: (server: RunningHavre, client: RegistryClient) => Promise<void>): Promise<void> {
  await using server = await startHavre();
  await work(server, new RegistryClient(server));
  expect(await server.stop()).toBe(0);
}

/** The status that a push was refused with. */
async function refusalOf(push: Promise<void>): Promise<number> {
  const error = await push.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UnexpectedReplyError)) throw new Error('not refused', { cause: error });
  return error.status;
}

async function expectStillServed(client: RegistryClient, manifest: Uint8Array): Promise<void> {
  expect(await client.pullManifest('lost/bytes', 'v1')).toEqual(manifest);
  expect(await client.tags('lost/bytes')).toEqual(['v1']);
}

/**
 * The database and its log. Not the index of the log: it is mapped into memory, and the kernel answers a write to a
 * mapped file that became immutable by ending the process (SIGBUS). No lost permission does that to open files.
 */
function databaseFiles(data: string): string[] {
  return readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^havre\.db(-wal)?$/.test(entry.name))
    .map((entry) => join(data, entry.name));
}
