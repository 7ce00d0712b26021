import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Database } from '../metadata/database.ts';
import { parseDigest, type Digest } from '../oci/digest.ts';
import { StorageUnavailableError } from '../oci/errors.ts';
import { newUploadId, parseUploadId, type UploadId } from '../oci/upload-id.ts';
import type { StoredContent } from '../storage/blob-store.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

/** A store on a disk that needs very long to flush. */
class SlowStore extends MemoryStore {
  readonly #isFlushed: Promise<void>;

  constructor(isFlushed: Promise<void>, now: () => Date) {
    super(now);
    this.#isFlushed = isFlushed;
  }

  override async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const stored = await super.commit(id, digest);
    await this.#isFlushed;
    return stored;
  }
}

async function receive(registry: RegistryUnderTest, blob: Content): Promise<UploadId> {
  const id = newUploadId();
  await registry.store.create(id);
  const body = new Blob([blob.bytes as Uint8Array<ArrayBuffer>]).stream();
  await registry.store.append(id, body, { at: 0, signal: new AbortController().signal });
  return id;
}

function idOf(session: string): UploadId {
  const id = parseUploadId(session.split('/').at(-1) ?? '');
  if (id === undefined) throw new Error(`no session: ${session}`);
  return id;
}

describe('a crash between the bytes of a blob and its row', () => {
  it('leaves bytes that nobody sees, and that go when they are older than a commit takes', async () => {
    await using registry = await openRegistry();
    const blob = randomBlob(100);
    await registry.store.commit(await receive(registry, blob), parseDigest(blob.digest));
    expect((await registry.client.send('GET', `/v2/a/blobs/${blob.digest}`)).status).toBe(404);
    registry.clock.advance(30);
    expect((await registry.collect()).leftovers).toBe(0);
    registry.clock.advance(60);
    expect(await registry.collect()).toMatchObject({ leftovers: 1, bytes: 100, blobs: 0 });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  it('does not keep the same blob from being pushed, whose own copy stays', async () => {
    await using registry = await openRegistry();
    const blob = randomBlob(100);
    await registry.store.commit(await receive(registry, blob), parseDigest(blob.digest));
    await registry.client.pushBlob('a', blob);
    registry.clock.advance(3600);
    expect(await registry.collect({ graceSeconds: 3600 })).toMatchObject({ leftovers: 1, blobs: 0 });
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
    expect((await registry.store.usage()).files).toBe(1);
  });

  it('is not looked for where nothing can be recorded: others may know those bytes', async () => {
    let isReadOnly = false;
    const seenDatabase = (db: Database): Database => ({
      ...db,
      transaction: (work, options) =>
        isReadOnly ? Promise.reject(new StorageUnavailableError()) : db.transaction(work, options),
    });
    await using registry = await openRegistry({ seenDatabase });
    const blob = randomBlob(100);
    await registry.store.commit(await receive(registry, blob), parseDigest(blob.digest));
    registry.clock.advance(3600);
    isReadOnly = true;
    expect(await registry.collect().catch((error: unknown) => error)).toBeInstanceOf(StorageUnavailableError);
    expect((await registry.store.usage()).files).toBe(1);
  });

  it('does not take the bytes of a commit that takes very long', async () => {
    const { promise: isFlushed, resolve: flush } = Promise.withResolvers<void>();
    await using registry = await openRegistry({ store: (now) => new SlowStore(isFlushed, now) });
    const blob = randomBlob(100);
    const push = registry.client.pushBlob('a', blob);
    await eventually('the bytes are there', async () => expect((await registry.store.usage()).files).toBe(1));
    registry.clock.advance(600);
    expect((await registry.collect()).leftovers).toBe(0);
    flush();
    await push;
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });
});

describe('a crash in the middle of an upload', () => {
  it('leaves a session without a row, which goes when it is idle', async () => {
    await using registry = await openRegistry();
    await receive(registry, randomBlob(100));
    expect((await registry.collect({ uploadIdleSeconds: 3600 })).uploads).toBe(0);
    registry.clock.advance(3600);
    expect((await registry.collect({ uploadIdleSeconds: 3600 })).uploads).toBe(1);
    expect(await Array.fromAsync(registry.store.listIdle(-1))).toEqual([]);
  });

  it('leaves a row without a session, which no longer counts against its owner', async () => {
    await using registry = await openRegistry({ limits: { uploadsPerPrincipal: 1 } });
    await registry.store.abort(idOf(await registry.client.openUpload('a')));
    expect((await registry.client.send('POST', '/v2/a/blobs/uploads/')).status).toBe(429);
    registry.clock.advance(3601);
    await registry.collect({ uploadIdleSeconds: 3600 });
    expect((await registry.client.send('POST', '/v2/a/blobs/uploads/')).status).toBe(202);
  });
});

describe('a collection on the filesystem', () => {
  it('removes the files of what it lets go, and none of what it keeps', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const [kept, gone] = [randomBlob(100), randomBlob(100)];
    for (const blob of [kept, gone]) await registry.client.pushBlob('a', blob);
    registry.clock.advance(3600);
    await registry.client.expect(200, 'HEAD', `/v2/a/blobs/${kept.digest}`);
    expect(await registry.collect({ graceSeconds: 60 })).toMatchObject({ blobs: 1, bytes: 100 });
    const files = [...new Bun.Glob('blobs/**/*').scanSync({ cwd: registry.folder, onlyFiles: true })];
    expect(files.map((file) => file.includes(kept.digest.slice('sha256:'.length)))).toEqual([true]);
  });

  it('ends idle sessions, files and all', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const session = await registry.client.openUpload('a');
    await registry.client.expect(202, 'PATCH', session, { body: new Uint8Array(100) });
    expect(readdirSync(join(registry.folder, 'uploads'))).toEqual([idOf(session)]);
    expect((await registry.collect({ uploadIdleSeconds: 3600 })).uploads).toBe(0);
    expect((await registry.collect({ uploadIdleSeconds: 0 })).uploads).toBe(1);
    expect(readdirSync(join(registry.folder, 'uploads'))).toEqual([]);
    expect((await registry.client.send('GET', session)).status).toBe(404);
  });
});
