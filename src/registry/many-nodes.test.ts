import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { sharedEngines } from '../../test/support/engines.ts';
import { eventually } from '../../test/support/eventually.ts';
import { imageOf, randomBlob, type Content, type Image } from '../../test/support/image.ts';
import { openTwoNodes, type Node } from '../../test/support/nodes.ts';
import type { Database } from '../metadata/database.ts';
import { countUploads, listIdleUploads } from '../metadata/uploads.ts';
import { parseDigest } from '../oci/digest.ts';
import {
  ManifestUnknownError,
  RateLimitedError,
  StorageUnavailableError,
  UploadOffsetError,
  UploadUnknownError,
} from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { Uploads, type Chunk } from './uploads.ts';

const A = parseRepositoryName('a');
const OWNER = { repository: A, principalId: 'user:1' };
const { signal } = new AbortController();
const ENGINES = sharedEngines('uploads and manifests of many nodes').map((engine) => [engine.name, engine] as const);

function chunkOf(bytes: Uint8Array, at?: number): Chunk {
  const body = new Blob([bytes.slice()]).stream();
  return { body, signal, exactBytes: bytes.byteLength, ...(at !== undefined && { at }) };
}

async function pushBlob({ uploads }: Node, { digest, bytes }: Content): Promise<void> {
  await uploads.push(A, parseDigest(digest), chunkOf(bytes));
}

async function pushImage(node: Node, image: Image, tag: string): Promise<void> {
  for (const blob of image.blobs) await pushBlob(node, blob);
  const { bytes, mediaType } = image.manifest;
  await node.manifests.put(A, { tag: parseTag(tag) }, { bytes, contentType: mediaType, extraTags: [] }, SOMEBODY);
}

async function bytesOf({ blobs }: Node, { digest }: Content): Promise<Uint8Array> {
  const blob = await blobs.get(A, parseDigest(digest));
  return new Response(await blob.read()).bytes();
}

function failureOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(ENGINES)('an upload, on %s', (_name, engine) => {
  it('opened on one node goes on on another, and is read on both', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const blob = randomBlob(900_001);
    const id = await one.uploads.open(OWNER);
    await two.uploads.append(id, OWNER, chunkOf(blob.bytes.subarray(0, 400_000), 0));
    expect(await one.uploads.offset(id, OWNER)).toBe(400_000);
    await one.uploads.append(id, OWNER, chunkOf(blob.bytes.subarray(400_000, 700_000), 400_000));
    const last = chunkOf(blob.bytes.subarray(700_000), 700_000);
    await two.uploads.finish(id, OWNER, { digest: parseDigest(blob.digest), last, signal });
    for (const node of [one, two]) expect(await bytesOf(node, blob)).toEqual(blob.bytes);
    expect(await countUploads(nodes.db)).toBe(0);
  });

  it('in one request leaves no session behind, whether it succeeds or not', async () => {
    await using nodes = await openTwoNodes(engine);
    const blob = randomBlob(1000);
    await pushBlob(nodes.one, blob);
    expect(
      await failureOf(nodes.one.uploads.push(A, parseDigest(randomBlob(1).digest), chunkOf(blob.bytes))),
    ).toBeDefined();
    expect(await countUploads(nodes.db)).toBe(0);
    expect((await nodes.two.store.usage()).files).toBe(1);
  });

  it('is told where it stands when another node took it over', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const id = await one.uploads.open(OWNER);
    const left = [new Uint8Array(10).fill(1)];
    const began = Promise.withResolvers<void>();
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        const piece = left.shift();
        if (piece !== undefined) return stream.enqueue(piece);
        began.resolve();
        return new Promise<void>(() => {});
      },
    });
    const first = failureOf(one.uploads.append(id, OWNER, { body, at: 0, signal: controller.signal }));
    await began.promise;
    const at = await two.uploads.offset(id, OWNER);
    expect(await two.uploads.append(id, OWNER, chunkOf(new Uint8Array(20), at))).toBe(at + 20);
    controller.abort(new DOMException('gone', 'AbortError'));
    await first;
    const late = await failureOf(one.uploads.append(id, OWNER, chunkOf(new Uint8Array(5), at)));
    expect(late).toBeInstanceOf(UploadOffsetError);
    expect(await one.uploads.offset(id, OWNER)).toBe(at + 20);
  });

  it('that was cancelled on one node is unknown on the other, whatever that one is doing with it', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const id = await one.uploads.open(OWNER);
    await one.uploads.append(id, OWNER, chunkOf(new Uint8Array(10), 0));
    await two.uploads.cancel(id, OWNER, signal);
    expect(await failureOf(one.uploads.offset(id, OWNER))).toBeInstanceOf(UploadUnknownError);
    expect(await failureOf(one.uploads.append(id, OWNER, chunkOf(new Uint8Array(10), 10)))).toBeInstanceOf(
      UploadUnknownError,
    );
  });

  it('counts for its principal on every node, also when many are opened at once', async () => {
    await using nodes = await openTwoNodes(engine);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) => failureOf((i % 2 === 0 ? nodes.one : nodes.two).uploads.open(OWNER))),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome instanceof RateLimitedError)).toHaveLength(7);
  });
});

describe.each(ENGINES)('a blob that is here already, on %s', (_name, engine) => {
  it('is pushed also when the second copy cannot be deleted at once', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one } = nodes;
    const blob = randomBlob(10);
    await pushBlob(one, blob);
    one.store.delete = () => Promise.reject(new StorageUnavailableError());
    await pushBlob(one, blob);
    expect(await bytesOf(one, blob)).toEqual(blob.bytes);
  });
});

describe.each(ENGINES)('an idle session, on %s', (_name, engine) => {
  it('ends with its bytes, whichever node it was on, and not while another one hears of it', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, clock } = nodes;
    const [idle, busy] = [await one.uploads.open(OWNER), await one.uploads.open(OWNER)];
    for (const id of [idle, busy]) await one.uploads.append(id, OWNER, chunkOf(new Uint8Array(10), 0));
    clock.advance(3000);
    await one.uploads.append(busy, OWNER, chunkOf(new Uint8Array(10), 10));
    clock.advance(1000);
    expect((await two.collect({ dryRun: true, uploadIdleSeconds: 3600 })).uploads).toBe(1);
    expect((await two.collect({ uploadIdleSeconds: 3600 })).uploads).toBe(1);
    expect(await failureOf(one.uploads.offset(idle, OWNER))).toBeInstanceOf(UploadUnknownError);
    expect(await one.uploads.offset(busy, OWNER)).toBe(20);
  });

  it('is none while a request works on it, however long that takes', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, db, clock } = nodes;
    const limits = { uploadBytes: 0, uploadsPerPrincipal: 0 };
    const parts = { db, store: one.store, limits, now: clock.now, keepsNotes: true, atWorkSeconds: 0.005 };
    const uploads = new Uploads(parts);
    const id = await uploads.open(OWNER);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const appended = uploads.append(id, OWNER, { body: readable, signal, at: 0 });
    await writer.write(new Uint8Array(10));
    clock.advance(7200);
    await eventually('the session says that it is at work', async () => {
      expect(await listIdleUploads(db, new Date(clock.now().getTime() - 3600_000), '', 10)).toEqual([]);
    });
    expect((await two.collect({ uploadIdleSeconds: 3600 })).uploads).toBe(0);
    await writer.close();
    expect(await appended).toBe(10);
  });
});

describe.each(ENGINES)('a manifest, on %s', (_name, engine) => {
  it('is what its tag names now, and gone with it, on every node at once', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const [first, second] = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    const tagged = (node: Node): Promise<unknown> =>
      node.manifests.get(A, { tag: parseTag('v1') }).then(
        ({ digest }) => digest as string,
        (error: unknown) => error,
      );
    await pushImage(one, first, 'v1');
    for (const node of [one, two]) expect(await tagged(node)).toBe(first.manifest.digest);
    await pushImage(two, second, 'v1');
    for (const node of [one, two]) expect(await tagged(node)).toBe(second.manifest.digest);
    await one.manifests.delete(A, { tag: parseTag('v1') }, SOMEBODY);
    for (const node of [one, two]) expect(await tagged(node)).toBeInstanceOf(ManifestUnknownError);
    expect(two.manifests.recall(A, 'v1')).toBeUndefined();
  });

  it('that was pulled before costs one question, and no bytes', async () => {
    const asked: unknown[][] = [];
    const watching = (db: Database): Database => ({
      ...db,
      first: async (question, parameters) => {
        const row = await db.first(question, parameters);
        asked.at(-1)?.push(row);
        return row;
      },
    });
    await using nodes = await openTwoNodes(engine, watching);
    const image = imageOf([randomBlob(10)]);
    await pushImage(nodes.one, image, 'v1');
    const pulled: unknown[] = [];
    for (let time = 0; time < 2; time += 1) {
      asked.push([]);
      pulled.push(await nodes.two.manifests.get(A, { tag: parseTag('v1') }));
    }
    const { digest, mediaType } = image.manifest;
    expect(asked.at(-1)).toEqual([{ digest, mediaType, pushedAt: nodes.clock.now().getTime(), expiresAt: null }]);
    // The very same object, so that the headers of its reply are made once.
    expect(pulled[1]).toBe(pulled[0]);
    expect(nodes.two.manifests.cacheHits).toBe(1);
  });
});
