import { describe, expect, it } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { randomBlob, type Content } from '../support/image.ts';
import { freePort } from '../support/ports.ts';
import { RawRequest } from '../support/raw-request.ts';
import { RegistryClient, withDigest } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';

const BLOB_BYTES = 3_000_000;
const SENT_BYTES = 1_700_000;

describe('a client that dies in the middle of a PATCH', () => {
  it('asks how far it came and goes on from there, when it had said how much it would send', async () => {
    await using server = await startHavre();
    const blob = randomBlob(BLOB_BYTES);
    const session = await dieHalfway(server, blob, { 'content-length': String(BLOB_BYTES) }, (bytes) => bytes);
    await resume(server, session, blob);
    expect(await server.stop()).toBe(0);
  }, 30_000);

  it('the same when it had not, as docker does it', async () => {
    await using server = await startHavre();
    const blob = randomBlob(BLOB_BYTES);
    const session = await dieHalfway(server, blob, { 'transfer-encoding': 'chunked' }, asOneChunk);
    await resume(server, session, blob);
    expect(await server.stop()).toBe(0);
  }, 30_000);

  it('the same when the server died too, and was started again', async () => {
    const data = temporaryFolder('resume');
    const port = await freePort();
    try {
      const blob = randomBlob(BLOB_BYTES);
      const first = await startHavre({ data, port });
      const session = await dieHalfway(first, blob, { 'content-length': String(BLOB_BYTES) }, (bytes) => bytes);
      await first.kill();
      await using second = await startHavre({ data, port });
      await resume(second, session, blob);
      expect(await second.stop()).toBe(0);
    } finally {
      removeFolder(data);
    }
  }, 30_000);

  it('leaves nothing that a pull could see', async () => {
    await using server = await startHavre();
    const client = new RegistryClient(server);
    const blob = randomBlob(BLOB_BYTES);
    const session = await client.openUpload('dying/put');
    const path = new URL(withDigest(session, blob.digest), server.url);
    const put = await RawRequest.open(server.url, 'PUT', path.pathname + path.search, {
      authorization: server.authorization,
      'content-length': String(BLOB_BYTES),
    });
    await put.write(blob.bytes.subarray(0, SENT_BYTES));
    put.cut();
    expect((await client.send('HEAD', `/v2/dying/put/blobs/${blob.digest}`)).status).toBe(404);
    await client.pushBlob('dying/put', blob);
    expect(await client.pullBlob('dying/put', blob.digest)).toEqual(blob.bytes);
    expect(await server.stop()).toBe(0);
  }, 30_000);
});

/** @returns the address of a session that has some of the blob. */
async function dieHalfway(
  server: RunningHavre,
  blob: Content,
  framing: Readonly<Record<string, string>>,
  framed: (bytes: Uint8Array) => Uint8Array,
): Promise<string> {
  const client = new RegistryClient(server);
  const session = await client.openUpload('dying/patch');
  const { pathname, search } = new URL(session, server.url);
  const patch = await RawRequest.open(server.url, 'PATCH', pathname + search, {
    authorization: server.authorization,
    'content-type': 'application/octet-stream',
    ...framing,
  });
  await patch.write(framed(blob.bytes.subarray(0, SENT_BYTES)));
  patch.cut();
  await eventually('what has arrived is counted', async () => {
    if ((await offsetOf(client, session)) === 0) throw new Error('nothing yet');
  });
  return session;
}

/** While the end of the dead request is still being noticed, a chunk may come too early: then it is asked again. */
async function resume(server: RunningHavre, session: string, blob: Content): Promise<void> {
  const client = new RegistryClient(server);
  await eventually('the rest is taken', async () => {
    const offset = await offsetOf(client, session);
    expect(offset).toBeLessThanOrEqual(SENT_BYTES);
    const headers = { 'content-range': `${offset}-${BLOB_BYTES - 1}`, 'content-type': 'application/octet-stream' };
    const body = blob.bytes.subarray(offset);
    await (await client.expect(202, 'PATCH', session, { body, headers })).arrayBuffer();
  });
  await (await client.expect(201, 'PUT', withDigest(session, blob.digest))).arrayBuffer();
  expect(await client.pullBlob('dying/patch', blob.digest)).toEqual(blob.bytes);
}

/** Where the next chunk starts. `0-0` is read as an empty session: nobody stops after exactly one byte here. */
async function offsetOf(client: RegistryClient, session: string): Promise<number> {
  const reply = await client.expect(204, 'GET', session);
  const last = Number(/^0-(\d+)$/.exec(reply.headers.get('range') ?? '')?.[1]);
  return last === 0 ? 0 : last + 1;
}

function asOneChunk(bytes: Uint8Array): Uint8Array {
  // A chunk that announces more than comes: the death falls into the middle of it.
  return Buffer.concat([Buffer.from(`${BLOB_BYTES.toString(16)}\r\n`), bytes]);
}
