import { afterAll } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { uploadStoreContract } from '../contract/upload-store-contract.ts';
import { openFilesystemStore, type FilesystemStore } from './filesystem-store.ts';

const parent = await mkdtemp(join(tmpdir(), 'havre-storage-'));
const folders = new Map<unknown, string>();

afterAll(() => rm(parent, { recursive: true, force: true }));

async function openAt(folder: string): Promise<FilesystemStore> {
  const store = await openFilesystemStore({ folder });
  folders.set(store, folder);
  return store;
}

async function open(): Promise<FilesystemStore> {
  return await openAt(await mkdtemp(join(parent, 'store-')));
}

/** A second store on the same folder knows only what a new process would find. */
async function reopen(store: unknown): Promise<FilesystemStore> {
  return await openAt(folders.get(store) ?? '');
}

blobStoreContract('the filesystem', open);
uploadStoreContract('the filesystem', { open, reopen });
