import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openFilledRegistry, smallImage, type FilledRegistry } from '../../test/support/filled-registry.ts';
import { memoryFolder, removeFolder } from '../../test/support/folders.ts';
import { randomBlob } from '../../test/support/image.ts';
import { runOk } from '../../test/support/process.ts';
import { COPIED_TABLES } from '../metadata/copy/copied-tables.ts';
import { fingerprintOf } from '../metadata/copy/table-fingerprint.ts';
import type { Database } from '../metadata/database.ts';
import { deleteBlob, findBlob } from '../metadata/blobs.ts';
import { Leases } from '../jobs/leases.ts';
import { sqliteFiles } from '../metadata/sqlite/facts-files.ts';
import type { Digest } from '../oci/digest.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { backUp, type BackupOptions, type BackupReport } from './backup.ts';
import { FolderPlace } from './folder-place.ts';
import { restore, type RestoreReport } from './restore.ts';

let folder: string;
let registry: FilledRegistry;

beforeEach(async () => {
  folder = memoryFolder('backup');
  registry = await openFilledRegistry();
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  removeFolder(folder);
});

const OPTIONS: BackupOptions = {
  keep: undefined,
  verify: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

function place(): FolderPlace {
  return new FolderPlace(join(folder, 'backups'));
}

function makeBackup(options: Partial<BackupOptions> = {}, from = registry): Promise<BackupReport> {
  const parts = {
    db: from.db,
    store: from.store,
    leases: new Leases({ db: from.db, node: 'test', now: () => new Date() }),
    version: '1.2.3',
    now: () => new Date('2026-11-20T10:00:00Z'),
    files: sqliteFiles,
    scratch: join(folder, 'scratch'),
  };
  return backUp(parts, place(), { ...OPTIONS, ...options });
}

async function restoreInto(to: FilledRegistry, snapshot?: string, signal = OPTIONS.signal): Promise<RestoreReport> {
  const parts = { to, now: () => new Date(), files: sqliteFiles, scratch: join(folder, 'scratch') };
  return restore(parts, place(), { snapshot, signal, onProgress: () => undefined });
}

function files(): readonly string[] {
  return [...new Bun.Glob('**/*').scanSync({ cwd: join(folder, 'backups'), dot: true })].toSorted();
}

function blobFile(digest: string): string {
  return join(folder, 'backups/blobs/sha256', digest.slice(7, 9), digest.slice(7));
}

async function contentOf({ db, store }: FilledRegistry, digest: string): Promise<Uint8Array | undefined> {
  const row = await findBlob(db, digest as Digest);
  if (row === undefined) return undefined;
  return new Response(await store.read(row.storageKey as StorageKey, row.size)).bytes();
}

async function fingerprints(db: Database) {
  const found = [];
  for (const table of COPIED_TABLES.filter(({ name }) => name !== 'blobs')) found.push(await fingerprintOf(db, table));
  return found;
}

describe('a backup', () => {
  it('is files that sha256sum checks, and nothing else', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    const report = await makeBackup();
    expect(report).toMatchObject({ snapshot: '20261120T100000Z', copied: 3, kept: 0 });
    expect(files()).toEqual(
      [
        'backup.json',
        ...image.blobs.map(({ digest }) => `blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}`),
        'snapshots/20261120T100000Z/SHA256SUMS',
        'snapshots/20261120T100000Z/havre.db',
        'snapshots/20261120T100000Z/snapshot.json',
      ].toSorted(),
    );
    const checked = await runOk(['sha256sum', '--check', 'snapshots/20261120T100000Z/SHA256SUMS'], {
      folder: join(folder, 'backups'),
    });
    expect(checked.trim().split('\n')).toHaveLength(4);
  });

  it('is for nobody else to read', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    const before = process.umask(0);
    await makeBackup().finally(() => process.umask(before));
    for (const path of files()) expect(statSync(join(folder, 'backups', path)).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'backups/snapshots')).mode & 0o777).toBe(0o700);
  });

  it('copies only what is new, and shares the rest among snapshots', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    await makeBackup();
    const image = smallImage(1);
    await registry.pushImage('team/app', image, 'v2');
    expect(await makeBackup()).toMatchObject({ snapshot: '20261120T100001Z', copied: 2, kept: 3 });
  });

  it('copies again what was cut off, and with verify what was changed', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    await makeBackup();
    const [first = '', second = ''] = image.blobs.map(({ digest }) => blobFile(digest));
    truncateSync(first, 5);
    const bytes = readFileSync(second);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(second, bytes);
    expect(await makeBackup()).toMatchObject({ copied: 0, kept: 2, healed: 1 });
    expect(await makeBackup({ verify: true })).toMatchObject({ copied: 0, kept: 2, healed: 1 });
    expect(await makeBackup({ verify: true })).toMatchObject({ kept: 3, healed: 0 });
  });

  it('says which content is lost or damaged in the store, and keeps the rest', async () => {
    const image = smallImage(2);
    await registry.pushImage('team/app', image, 'v1');
    const [lost, damaged] = await Promise.all(
      image.blobs.slice(0, 2).map(({ digest }) => findBlob(registry.db, digest as Digest)),
    );
    rmSync(join(registry.folder, 'blobs', lost?.storageKey ?? ''));
    const path = join(registry.folder, 'blobs', damaged?.storageKey ?? '');
    writeFileSync(path, new Uint8Array(damaged?.size ?? 0));
    const report = await makeBackup();
    expect(report.copied).toBe(1);
    expect(new Set(report.description.lost)).toEqual(new Set([String(lost?.digest), String(damaged?.digest)]));
    expect(files().filter((file) => file.startsWith('blobs/'))).toHaveLength(1);
  });

  it('keeps as many snapshots as are wanted, and the content they need', async () => {
    const [old, shared, young] = [randomBlob(100), randomBlob(100), randomBlob(100)];
    await registry.pushBlob('team/app', old);
    await registry.pushBlob('team/app', shared);
    await makeBackup();
    await registry.db.transaction((tx) => deleteBlob(tx, old.digest as Digest));
    await registry.pushBlob('team/app', young);
    await makeBackup();
    await makeBackup();
    expect(await makeBackup({ keep: 2 })).toMatchObject({
      pruned: { snapshots: ['20261120T100000Z', '20261120T100001Z'], blobs: 1, bytes: 100 },
    });
    expect(files().filter((file) => file.endsWith('snapshot.json'))).toHaveLength(2);
    expect(files().filter((file) => file.startsWith('blobs/'))).toHaveLength(2);
    expect(files().some((file) => file.includes('20261120T100000Z'))).toBe(false);
    await using other = await openFilledRegistry();
    await restoreInto(other);
    expect(await contentOf(other, shared.digest)).toEqual(shared.bytes);
  });

  it('removes only its own files, when others lie beside them', async () => {
    const blob = randomBlob(100);
    await registry.pushBlob('team/app', blob);
    await makeBackup();
    const stores = `${blobFile(blob.digest)}.0123456789ab`;
    writeFileSync(stores, 'of a store, which has the same folders');
    await registry.db.transaction((tx) => deleteBlob(tx, blob.digest as Digest));
    expect(await makeBackup({ keep: 1 })).toMatchObject({ pruned: { blobs: 1 } });
    expect(readFileSync(stores, 'utf8')).toStartWith('of a store');
    expect(readdirSync(join(folder, 'backups/snapshots'))).toEqual(['20261120T100001Z']);
  });

  it('keeps the one just made, also when an earlier one was made by a clock that was ahead', async () => {
    await makeBackup();
    renameSync(join(folder, 'backups/snapshots/20261120T100000Z'), join(folder, 'backups/snapshots/20301231T235959Z'));
    expect(await makeBackup({ keep: 1 })).toMatchObject({
      snapshot: '20310101T000000Z',
      pruned: { snapshots: ['20301231T235959Z'] },
    });
  });

  it('refuses the data folder of a registry', async () => {
    mkdirSync(join(folder, 'backups'));
    writeFileSync(join(folder, 'backups/havre.db'), '');
    expect(makeBackup()).rejects.toThrow('is the data folder of a registry');
    expect(files()).toEqual(['havre.db']);
  });

  it('refuses to run twice at once', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    const both = await Promise.allSettled([makeBackup(), makeBackup()]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((outcome) => outcome.status === 'rejected');
    expect(String(refused?.reason)).toContain('running already');
  });

  it('refuses the folder of another installation', async () => {
    await makeBackup();
    await using other = await openFilledRegistry();
    expect(makeBackup({}, other)).rejects.toThrow('backups of another installation');
  });

  it('stops when it is told to, and the next one goes on', async () => {
    await registry.pushImage('team/app', smallImage(8), 'v1');
    const controller = new AbortController();
    const stopped = makeBackup({
      signal: controller.signal,
      onProgress: ({ blobs }) => blobs >= 3 && controller.abort(),
    });
    expect(await stopped.catch((error: unknown) => error)).toBeInstanceOf(DOMException);
    expect(files().filter((file) => /snapshot.json|havre.db/.test(file))).toEqual([]);
    const { copied, kept } = await makeBackup();
    expect(copied + kept).toBe(9);
    expect(kept).toBeGreaterThanOrEqual(3);
    expect(files().filter((file) => file.startsWith('.partial'))).toEqual([]);
  });
});

describe('a restore', () => {
  it('gives back every fact and every byte', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    await registry.pushImage('base/os', smallImage(), 'latest');
    await makeBackup();
    await using other = await openFilledRegistry();
    expect(await restoreInto(other)).toMatchObject({ copied: 6, kept: 0, lost: [], snapshot: '20261120T100000Z' });
    expect(await fingerprints(other.db)).toEqual(await fingerprints(registry.db));
    for (const { digest, bytes } of image.blobs) expect(await contentOf(other, digest)).toEqual(bytes);
  });

  it('goes on where it was interrupted', async () => {
    await registry.pushImage('team/app', smallImage(8), 'v1');
    await makeBackup();
    await using other = await openFilledRegistry();
    const controller = new AbortController();
    const parts = { to: other, now: () => new Date(), files: sqliteFiles, scratch: join(folder, 'scratch') };
    const onProgress = ({ blobs }: { blobs: number }): void => void (blobs >= 4 && controller.abort());
    const first = restore(parts, place(), { snapshot: undefined, signal: controller.signal, onProgress });
    expect(await first.catch((error: unknown) => error)).toBeInstanceOf(DOMException);
    const { copied, kept } = await restoreInto(other);
    expect(copied + kept).toBe(9);
    expect(kept).toBeGreaterThanOrEqual(4);
    expect(await fingerprints(other.db)).toEqual(await fingerprints(registry.db));
  });

  it('refuses a registry that holds something', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    await makeBackup();
    expect(restoreInto(registry)).rejects.toThrow('holds a registry already');
  });

  it('refuses a damaged list of facts, and names the snapshots there are', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    await makeBackup();
    await using other = await openFilledRegistry();
    expect(restoreInto(other, '20200101T000000Z')).rejects.toThrow('There are: 20261120T100000Z');
    appendFileSync(join(folder, 'backups/snapshots/20261120T100000Z/havre.db'), 'x');
    expect(restoreInto(other)).rejects.toThrow('is damaged');
  });

  it('says which content the backup does not have, and restores the rest', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    await makeBackup();
    const [damaged, missing, sound] = image.blobs;
    writeFileSync(blobFile(damaged?.digest ?? ''), 'something else');
    rmSync(blobFile(missing?.digest ?? ''));
    await using other = await openFilledRegistry();
    const { copied, lost } = await restoreInto(other);
    expect(copied).toBe(1);
    expect(new Set<string>(lost)).toEqual(new Set([String(damaged?.digest), String(missing?.digest)]));
    expect(await contentOf(other, damaged?.digest ?? '')).toBeUndefined();
    expect(await contentOf(other, sound?.digest ?? '')).toEqual(sound?.bytes as never);
    expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  });
});
