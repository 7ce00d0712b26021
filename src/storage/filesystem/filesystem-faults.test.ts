import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../oci/digest.ts';
import {
  ContentMissingError,
  StorageFullError,
  StorageUnavailableError,
  UploadUnknownError,
} from '../../oci/errors.ts';
import { newUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { StoredContent } from '../blob-store.ts';
import { bytesOf, failureOf, piecesOf, send } from '../contract/upload-client.ts';
import { openFilesystemStore, type FilesystemStore } from './filesystem-store.ts';

const parent = await mkdtemp(join(tmpdir(), 'havre-faults-'));
afterAll(() => rm(parent, { recursive: true, force: true }));

const small = bytesOf(1000);
const large = bytesOf(2_000_000);

async function open(): Promise<{ store: FilesystemStore; folder: string }> {
  const folder = join(await mkdtemp(join(parent, 'store-')), 'data');
  return { store: await openFilesystemStore({ folder }), folder };
}

async function opened(store: FilesystemStore): Promise<UploadId> {
  const id = newUploadId();
  await store.create(id);
  return id;
}

async function put(store: FilesystemStore, bytes: Uint8Array): Promise<StoredContent> {
  const id = await opened(store);
  await send(store, id, piecesOf(bytes));
  return await store.commit(id, digestOf(bytes));
}

async function textOf(store: FilesystemStore, { key, size }: StoredContent): Promise<string> {
  return digestOf(await new Response(store.read(key, size)).bytes());
}

describe('a filesystem store whose folder', () => {
  it('goes away answers that it is not available, and works again when the folder is back', async () => {
    const { store, folder } = await open();
    const content = await put(store, small);
    const id = await opened(store);
    await rename(folder, `${folder}.away`);

    expect(await failureOf(store.create(newUploadId()))).toBeInstanceOf(StorageUnavailableError);
    expect(await failureOf(send(store, id, [small]))).toBeInstanceOf(StorageUnavailableError);
    expect(await failureOf(store.offset(newUploadId()))).toBeInstanceOf(StorageUnavailableError);
    expect(() => store.read(content.key, content.size)).toThrow(StorageUnavailableError);

    await rename(`${folder}.away`, folder);
    expect(await textOf(store, content)).toBe(content.digest);
    await send(store, id, piecesOf(large));
    expect(await textOf(store, await store.commit(id, digestOf(large)))).toBe(digestOf(large));
  });

  it('goes away before a commit keeps the upload until the folder is back', async () => {
    const { store, folder } = await open();
    for (const bytes of [small, large]) {
      const id = await opened(store);
      await send(store, id, piecesOf(bytes));
      await rename(folder, `${folder}.away`);
      expect(await failureOf(store.commit(id, digestOf(bytes)))).toBeInstanceOf(StorageUnavailableError);
      await rename(`${folder}.away`, folder);
      expect(await textOf(store, await store.commit(id, digestOf(bytes)))).toBe(digestOf(bytes));
    }
  });

  it('was emptied makes its folders again', async () => {
    const { store, folder } = await open();
    const content = await put(store, small);
    const id = await opened(store);
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });

    expect(await failureOf(send(store, id, [small]))).toBeInstanceOf(UploadUnknownError);
    const again = await put(store, small);
    expect(await textOf(store, again)).toBe(content.digest);
    expect(() => store.read(content.key, content.size)).toThrow(ContentMissingError);
  });

  it('holds files of somebody else leaves them alone', async () => {
    const { store, folder } = await open();
    const content = await put(store, small);
    await writeFile(join(folder, 'blobs', 'README'), 'x');
    await writeFile(join(folder, 'blobs', 'sha256', 'lost+found'), 'x');
    await writeFile(join(folder, 'uploads', '.nfs0001'), 'x');

    const keys: string[] = [];
    for await (const { key } of store.listKeys()) keys.push(key);
    expect(keys).toEqual([content.key]);
    for await (const id of store.listIdle(-1)) keys.push(id);
    expect(keys).toEqual([content.key]);
  });
});

describe('a filesystem store without space', () => {
  it('says that it is full', async () => {
    const { store, folder } = await open();
    const id = await opened(store);
    await rm(join(folder, 'uploads', id));
    // A device whose every write finds no space.
    await symlink('/dev/full', join(folder, 'uploads', id));

    expect(await failureOf(send(store, id, piecesOf(small)))).toBeInstanceOf(StorageFullError);
    expect(await failureOf(send(store, id, piecesOf(large)))).toBeInstanceOf(StorageFullError);
    expect(await textOf(store, await put(store, large))).toBe(digestOf(large));
  });
});
