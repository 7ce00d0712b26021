import { describe, expect, it } from 'bun:test';
import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorReply, type ErrorReply } from '../support/error-reply.ts';
import { eventually } from '../support/eventually.ts';
import {
  descriptorOf,
  documentOf,
  IMAGE_CONFIG,
  imageOf,
  randomBlob,
  randomBytes,
  type Content,
} from '../support/image.ts';
import { mayMount, mountedFolder } from '../support/mount.ts';
import { RegistryClient, withDigest } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';

const MIB = 1024 * 1024;
const DISK_BYTES = 48 * MIB;

const isPossible = await mayMount();
if (!isPossible) console.warn('skipped: mounting is not allowed here: it takes root');

describe.skipIf(!isPossible)('a disk that fills up', () => {
  it('refuses blobs with a clear 503, shows nothing of them, and takes them once there is room again', async () => {
    await using disk = await mountedFolder(DISK_BYTES);
    await using server = await startHavre({ data: disk.path });
    const client = new RegistryClient(server);
    expect(await freeBytes(server)).toBeWithin(DISK_BYTES / 2, DISK_BYTES);
    const before = imageOf([randomBlob(MIB)]);
    await client.pushImage('full/before', before, 'v1');

    const { blob, refusal } = await pushUntilFull(client);
    expectDiskFull(refusal);
    expect(await freeBytes(server)).toBeLessThan(DISK_BYTES / 2);
    expect((await client.send('HEAD', `/v2/full/filler/blobs/${blob.digest}`)).status).toBe(404);

    // What was there is still served, and deleting, which is what gives room, still works.
    expect(await client.pullManifest('full/before', 'v1')).toEqual(before.manifest.bytes);
    for (const { digest, bytes } of before.blobs) expect(await client.pullBlob('full/before', digest)).toEqual(bytes);

    await client.deleteManifest('full/before', 'v1');
    expect(await client.tags('full/before')).toEqual([]);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('refuses manifests when not even the metadata fits, and heals without a restart', async () => {
    await using disk = await mountedFolder(DISK_BYTES);
    await using server = await startHavre({ data: disk.path });
    const client = new RegistryClient(server);
    const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux' });
    const image = imageOf([], { config: descriptorOf(config) });
    await client.pushBlob('full/manifests', config);
    await client.pushManifest('full/manifests', image.manifest, 'kept');

    const filler = join(disk.path, 'filler');
    fillWith(filler);
    const refused = imageOf([], { config: descriptorOf(config), annotations: { bulk: 'x'.repeat(2 * MIB) } });
    expectDiskFull(await errorReply(await putManifest(client, refused.manifest, 'refused')));
    expect(await client.tags('full/manifests')).toEqual(['kept']);
    expect((await client.send('GET', `/v2/full/manifests/manifests/${refused.manifest.digest}`)).status).toBe(404);
    expect(await client.pullManifest('full/manifests', 'kept')).toEqual(image.manifest.bytes);

    rmSync(filler);
    await eventually('a push is taken again', async () => {
      await client.pushManifest('full/manifests', refused.manifest, 'refused');
    });
    expect(await client.pullManifest('full/manifests', 'refused')).toEqual(refused.manifest.bytes);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('lets an upload that met the full disk go on where it stopped', async () => {
    await using disk = await mountedFolder(DISK_BYTES);
    await using server = await startHavre({ data: disk.path });
    const client = new RegistryClient(server);
    const blob = randomBlob(4 * MIB);
    const session = await client.openUpload('full/resumed');
    const filler = join(disk.path, 'filler');
    fillWith(filler, 2 * MIB);

    const refusal = await errorReply(await client.send('PATCH', session, { body: blob.bytes }));
    expectDiskFull(refusal);

    rmSync(filler);
    const status = await client.expect(204, 'GET', session);
    const last = Number(/^0-(\d+)$/.exec(status.headers.get('range') ?? '')?.[1]);
    // `0-0` is also how an empty session is reported: asking for byte 0 again is right then, and refused otherwise.
    const offset = last === 0 ? 0 : last + 1;
    const rest = blob.bytes.subarray(offset);
    const headers = { 'content-range': `${offset}-${blob.bytes.byteLength - 1}` };
    await (await client.expect(202, 'PATCH', session, { body: rest, headers })).arrayBuffer();
    await (await client.expect(201, 'PUT', withDigest(session, blob.digest))).arrayBuffer();
    expect(await client.pullBlob('full/resumed', blob.digest)).toEqual(blob.bytes);
    expect(await server.stop()).toBe(0);
  }, 60_000);
});

function expectDiskFull(refusal: ErrorReply): void {
  expect(refusal).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  expect(refusal.message).toMatch(/full|no space/i);
}

async function pushUntilFull(client: RegistryClient): Promise<{ blob: Content; refusal: ErrorReply }> {
  for (let pushed = 0; pushed <= DISK_BYTES; pushed += 8 * MIB) {
    const blob = randomBlob(8 * MIB);
    const session = await client.openUpload('full/filler');
    const reply = await client.send('PUT', withDigest(session, blob.digest), { body: blob.bytes });
    if (reply.status !== 201) return { blob, refusal: await errorReply(reply) };
    await reply.arrayBuffer();
  }
  throw new Error('more was taken than there is room for');
}

async function putManifest(client: RegistryClient, manifest: Content, tag: string): Promise<Response> {
  return await client.send('PUT', `/v2/full/manifests/manifests/${tag}`, {
    body: manifest.bytes,
    headers: { 'content-type': manifest.mediaType },
  });
}

/** Writes until there is no room left; then takes the end of it away again, so that `roomBytes` are free. */
function fillWith(path: string, roomBytes = 0): void {
  for (let size = MIB; size >= 4096; size /= 2) {
    try {
      for (;;) writeFileSync(path, randomBytes(size), { flag: 'a' });
    } catch {
      // Full for a piece of this size: the next one is smaller.
    }
  }
  if (roomBytes > 0) truncateSync(path, statSync(path).size - roomBytes);
}

/** As Prometheus is told. */
async function freeBytes({ url }: RunningHavre): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^havre_storage_free_bytes (\d+)$/m.exec(text)?.[1]);
}
