import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import { digestOf } from '../../oci/digest.ts';
import { DigestInvalidError, UploadOffsetError } from '../../oci/errors.ts';
import { newUploadId, type UploadId } from '../../oci/upload-id.ts';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { bytesOf, failureOf, piecesOf, send } from '../contract/upload-client.ts';
import { expectContent } from '../contract/upload-expectations.ts';
import { uploadStoreContract } from '../contract/upload-store-contract.ts';
import { MemoryUploadNotes } from '../memory/memory-upload-notes.ts';
import { UploadTakenOverError, type UploadNotes } from '../upload-notes.ts';
import { DurableFolders } from './durable-folders.ts';
import { openFilesystemStore, type FilesystemStore } from './filesystem-store.ts';
import { Layout } from './layout.ts';
import { SharedUploads } from './shared-uploads.ts';
import { DiskThreads } from './threads/disk-threads.ts';
import { UploadFiles } from './upload-files.ts';

const parent = await mkdtemp(join(tmpdir(), 'havre-shared-'));

afterAll(() => rm(parent, { recursive: true, force: true }));

interface Folder {
  readonly path: string;
  readonly notes: MemoryUploadNotes;
}

const folders = new WeakMap<object, Folder>();

async function newFolder(): Promise<Folder> {
  return { path: await mkdtemp(join(parent, 'folder-')), notes: new MemoryUploadNotes() };
}

/** One node on a folder. Its sessions are opened and closed as the registry does it. */
async function openNode(folder: Folder, notes: UploadNotes = folder.notes): Promise<FilesystemStore> {
  const store = await openFilesystemStore({ folder: folder.path, notes });
  folders.set(store, folder);
  const { create, commit, abort } = store;
  store.create = (id, algorithm) => {
    folder.notes.open(id);
    return create.call(store, id, algorithm);
  };
  store.commit = async (id, digest) => {
    const stored = await commit.call(store, id, digest);
    folder.notes.end(id);
    return stored;
  };
  store.abort = (id) => {
    folder.notes.end(id);
    return abort.call(store, id);
  };
  return store;
}

async function open(): Promise<FilesystemStore> {
  return openNode(await newFolder());
}

async function reopen(store: object): Promise<FilesystemStore> {
  const folder = folders.get(store);
  if (folder === undefined) throw new Error('not opened here');
  return openNode(folder);
}

blobStoreContract('a shared folder', open);
uploadStoreContract('a shared folder', { open, reopen });

/** What a node that stalls wrote of 600 KB, at once; it holds the rest in memory, and takes it along. */
function someWritten(other: FilesystemStore, id: UploadId): Promise<number> {
  return eventually('some of it is in the file', async () => {
    const written = await other.offset(id);
    expect(written).toBeGreaterThan(0);
    return written;
  });
}

/** A chunk that sends its pieces and then waits, as a client does whose network is gone. */
function stalling(pieces: readonly Uint8Array[]): { chunk: ReadableStream<Uint8Array>; sent: Promise<void> } {
  const sent = Promise.withResolvers<void>();
  const left = [...pieces];
  const chunk = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = left.shift();
        if (piece !== undefined) {
          controller.enqueue(piece.slice());
          return undefined;
        }
        sent.resolve();
        return new Promise<void>(() => {});
      },
    },
    { highWaterMark: 0 },
  );
  return { chunk, sent: sent.promise };
}

describe('two nodes on one folder', () => {
  const bytes = bytesOf(3_000_001);

  async function twoNodes(): Promise<{ one: FilesystemStore; two: FilesystemStore; id: UploadId; folder: Folder }> {
    const folder = await newFolder();
    const [one, two] = [await openNode(folder), await openNode(folder)];
    const id = newUploadId();
    await one.create(id);
    return { one, two, id, folder };
  }

  it('take turns with an upload, chunk by chunk', async () => {
    const { one, two, id, folder } = await twoNodes();
    const cuts = [0, 10, 600_000, 600_001, 2_000_000, bytes.byteLength];
    for (const [i, end] of cuts.slice(1).entries()) {
      const node = i % 2 === 0 ? two : one;
      expect(await node.offset(id)).toBe(cuts[i] ?? -1);
      expect(await send(node, id, piecesOf(bytes.subarray(cuts[i], end)))).toBe(end);
    }
    await expectContent(one, await one.commit(id, digestOf(bytes)), bytes);
    expect(await readdir(join(folder.path, 'uploads'))).toEqual([]);
  });

  it('refuse a chunk at another place, and leave the one at work alone', async () => {
    const { one, two, id } = await twoNodes();
    await send(one, id, [bytes.subarray(0, 10)]);
    const signal = new AbortController().signal;
    const chunk = (): ReadableStream<Uint8Array> => new Blob([bytes.slice(0, 5)]).stream();
    expect(await failureOf(two.append(id, chunk(), { at: 3, signal }))).toBeInstanceOf(UploadOffsetError);
    await send(one, id, [bytes.subarray(10)]);
    await expectContent(two, await two.commit(id, digestOf(bytes)), bytes);
  });

  it('lose nothing when one takes over what the other is still writing, which then counts no more', async () => {
    const { one, two, id, folder } = await twoNodes();
    const { chunk, sent } = stalling(piecesOf(bytes.subarray(0, 600_000)));
    const controller = new AbortController();
    const first = failureOf(one.append(id, chunk, { at: 0, signal: controller.signal }));
    await sent;
    const offset = await someWritten(two, id);
    await send(two, id, piecesOf(bytes.subarray(offset)));
    // It comes to itself late, and lets go of what it does not have.
    controller.abort(new Error('the client is gone'));
    await first;
    await expectContent(two, await two.commit(id, digestOf(bytes)), bytes);
    expect(await readdir(join(folder.path, 'uploads'))).toEqual([]);
  });

  it('commit what they verified, when both think they have it', async () => {
    const { one, two, id } = await twoNodes();
    await send(one, id, piecesOf(bytes));
    const outcomes = await Promise.allSettled([one.commit(id, digestOf(bytes)), two.commit(id, digestOf(bytes))]);
    const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    // Of two copies, the one that is recorded first ends the session: the other one is a leftover.
    expect(stored.length).toBeGreaterThan(0);
    for (const content of stored) await expectContent(two, content, bytes);
  });

  it('goes on with what a dead node left, and finds out when it is not what the client sent', async () => {
    const { one, two, id } = await twoNodes();
    const { chunk, sent } = stalling([bytesOf(600_000, 5)]);
    void failureOf(one.append(id, chunk, { at: 0, signal: new AbortController().signal }));
    await sent;
    const offset = await someWritten(two, id);
    await send(two, id, piecesOf(bytes.subarray(offset)));
    expect(await failureOf(two.commit(id, digestOf(bytes)))).toBeInstanceOf(DigestInvalidError);
    expect(await two.offset(id)).toBe(bytes.byteLength);
  });

  it('say whose a committed copy is, until its session ends', async () => {
    const { one, two, id } = await twoNodes();
    await send(one, id, piecesOf(bytes));
    await two.commit(id, digestOf(bytes));
    const listed = [];
    for await (const content of one.listKeys()) listed.push(content);
    expect(listed).toMatchObject([{ size: bytes.byteLength, upload: id }]);
  });

  it('remove every file of an upload that was aborted, and list those that are idle', async () => {
    const { one, two, id, folder } = await twoNodes();
    const { chunk, sent } = stalling([bytesOf(600_000)]);
    void failureOf(one.append(id, chunk, { at: 0, signal: new AbortController().signal }));
    await sent;
    await someWritten(two, id);
    await send(two, id, [bytesOf(10)]);
    const idle = [];
    for await (const listed of one.listIdle(-1)) idle.push(listed);
    expect(idle).toEqual([id]);
    await one.abort(id);
    expect(await readdir(join(folder.path, 'uploads'))).toEqual([]);
  });
});

describe('a node that works on an upload', () => {
  it('says so again and again, and stops when another one has it', async () => {
    const { path, notes } = await newFolder();
    const layout = new Layout(path);
    const threads = new DiskThreads();
    const opened = await DurableFolders.open(path);
    const files = new UploadFiles({ layout, folders: opened, threads, onCommit: () => {} });
    const uploads = new SharedUploads(files, notes, 0.005);
    const id = newUploadId();
    notes.open(id);
    await uploads.create(id);
    const { chunk } = stalling([bytesOf(10)]);
    const outcome = failureOf(uploads.append(id, chunk, { at: 0, signal: new AbortController().signal }));
    await eventually('it said so three times', async () => {
      expect((await notes.read(id)).version).toBeGreaterThan(3);
    });
    await eventually('another node takes over', async () => {
      const { version } = await notes.read(id);
      await notes.write(id, JSON.stringify({ suffix: '', offset: 10, writer: 'another node' }), version);
    });
    expect(await outcome).toBeInstanceOf(UploadTakenOverError);
    threads.close();
  });
});
