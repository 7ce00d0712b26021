import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryFolder, removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { digestOf } from '../../oci/digest.ts';
import { ContentMissingError, DigestInvalidError } from '../../oci/errors.ts';
import { bytesOf, failureOf } from '../contract/upload-client.ts';
import { openFilesystemStore, type FilesystemStore } from './filesystem-store.ts';

const bytes = bytesOf(300_000);
const expected = { digest: digestOf(bytes), size: bytes.byteLength };

let folder: string;
let elsewhere: string;
let store: FilesystemStore;

beforeEach(async () => {
  folder = temporaryFolder('adopting');
  elsewhere = memoryFolder('adopted');
  store = await openFilesystemStore({ folder: join(folder, 'data') });
});

afterEach(async () => {
  await store.close();
  removeFolder(folder);
  removeFolder(elsewhere);
});

function fileIn(place: string, content: Uint8Array): { kind: 'file'; path: string } {
  const path = join(place, 'data-of-another');
  writeFileSync(path, content);
  return { kind: 'file', path };
}

/** Whatever lies below `blobs/`. */
function copies(): string[] {
  return readdirSync(join(folder, 'data/blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe('adopting a file', () => {
  it('gives a file of the same disk a second name, and serves it', async () => {
    const content = fileIn(folder, bytes);
    const adopted = await store.adoption.adopt(content, expected, false);
    expect(adopted).toMatchObject({ ...expected, by: 'linked' });
    if (adopted === undefined) throw new Error('nothing was adopted');
    expect(statSync(join(folder, 'data/blobs', adopted.key)).ino).toBe(statSync(content.path).ino);
    expect(await new Response(store.read(adopted.key, adopted.size)).bytes()).toEqual(bytes);
    await store.delete(adopted.key);
    expect(existsSync(content.path)).toBe(true);
  });

  it('copies a file of another disk', async () => {
    const content = fileIn(elsewhere, bytes);
    const isOneDisk = statSync(elsewhere).dev === statSync(folder).dev;
    const adopted = await store.adoption.adopt(content, expected, false);
    expect(adopted?.by).toBe(isOneDisk ? 'linked' : 'copied');
    if (adopted === undefined) throw new Error('nothing was adopted');
    expect(await new Response(store.read(adopted.key, adopted.size)).bytes()).toEqual(bytes);
  });

  it('keeps nothing of a file with other bytes, and says what it is', async () => {
    const changed = bytes.with(1000, 1 + (bytes[1000] ?? 0));
    const failure = await failureOf(store.adoption.adopt(fileIn(folder, changed), expected, false));
    expect(failure).toBeInstanceOf(DigestInvalidError);
    expect(failure).toMatchObject({ message: `the content is ${digestOf(changed)}` });
    expect(copies()).toEqual([]);
  });

  it('looks at the size even of what it trusts', async () => {
    const failure = await failureOf(store.adoption.adopt(fileIn(folder, bytes.subarray(1)), expected, true));
    expect(failure).toMatchObject({ message: 'the content has 299999 bytes, not 300000' });
    expect(copies()).toEqual([]);
  });

  it('says that a file is missing', async () => {
    const content = { kind: 'file', path: join(folder, 'nothing') } as const;
    expect(await failureOf(store.adoption.adopt(content, expected, false))).toBeInstanceOf(ContentMissingError);
  });

  it('leaves objects to others', async () => {
    const object = { kind: 'object', bucket: 'a', key: 'b' } as const;
    expect(await store.adoption.adopt(object, expected, false)).toBeUndefined();
  });

  it('makes a young copy of an old file, so that no sweep takes it before a fact names it', async () => {
    await store.adoption.adopt(fileIn(folder, bytes), expected, false);
    const listed = await Array.fromAsync(store.listKeys());
    expect(listed).toHaveLength(1);
    expect(listed[0]?.ageSeconds).toBeLessThan(60);
    expect(await store.usage()).toEqual({ files: 1, bytes: bytes.byteLength });
  });
});
