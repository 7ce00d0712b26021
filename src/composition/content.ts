import { join } from 'node:path';
import type { Config } from '../config.ts';
import { Collector } from '../gc/collector.ts';
import type { Database } from '../metadata/database.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';
import { Blobs } from '../registry/blobs.ts';
import { ManifestCache } from '../registry/manifest-cache.ts';
import { Manifests } from '../registry/manifests.ts';
import { Names } from '../registry/names.ts';
import { Referrers } from '../registry/referrers.ts';
import { SeenContent } from '../registry/seen-content.ts';
import { Uploads } from '../registry/uploads.ts';
import { openFilesystemStore, type FilesystemStore } from '../storage/filesystem/filesystem-store.ts';
import { lockFolder } from '../storage/filesystem/folder-lock.ts';

/** Facts, bytes, and the rules over them. */
export interface Content {
  readonly db: Database;
  readonly store: FilesystemStore;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly names: Names;
  readonly referrers: Referrers;
  readonly seen: SeenContent;
  readonly collector: Collector;
  close(): Promise<void>;
}

/** The file of facts in a data folder: without it, the folder holds no installation. */
export function databaseOf(folder: string): string {
  return join(folder, 'havre.db');
}

/**
 * Opens the data folder for this process alone.
 *
 * @throws {FolderInUseError} another process has it.
 */
export async function openContent(config: Config, now: () => Date): Promise<Content> {
  // Hashes of passwords and the key of bearer tokens are kept here: for the eyes of this user alone.
  process.umask(0o077);
  const lock = await lockFolder(config.data);
  const db = await openSqlite(databaseOf(config.data));
  const store = await openFilesystemStore({ folder: config.data });
  const seen = new SeenContent(db, now);
  const cache = new ManifestCache(config.cache.manifestBytes);
  const uploads = new Uploads({ db, store, limits: config.limits, now });
  return {
    db,
    store,
    blobs: new Blobs({ db, store, seen, now }),
    uploads,
    manifests: new Manifests({ db, cache, rules: { ...config.limits, ...config.manifests }, now }),
    names: new Names(db),
    referrers: new Referrers(db),
    seen,
    collector: new Collector({ db, store, uploads, seen, cache, now }),
    close: async () => {
      try {
        // What a full disk does not take is lost, and harmless: see SeenContent.
        await seen.flush().catch(() => undefined);
        await store.close();
        await db.close();
      } finally {
        await lock.release();
      }
    },
  };
}
