import type { Config } from '../config.ts';
import { Collector } from '../gc/collector.ts';
import type { Database } from '../metadata/database.ts';
import { Blobs } from '../registry/blobs.ts';
import { ManifestCache } from '../registry/manifest-cache.ts';
import { Manifests } from '../registry/manifests.ts';
import { Names } from '../registry/names.ts';
import { Referrers } from '../registry/referrers.ts';
import { NotedUploads } from '../registry/noted-uploads.ts';
import { SeenContent } from '../registry/seen-content.ts';
import { Uploads } from '../registry/uploads.ts';
import type { Store } from '../storage/blob-store.ts';
import { lockFolder } from '../storage/filesystem/folder-lock.ts';
import type { Logger } from '../telemetry/log.ts';
import { openBytes } from './bytes.ts';
import { openFacts } from './facts.ts';

/** Facts, bytes, and the rules over them. */
export interface Content {
  readonly db: Database;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly names: Names;
  readonly referrers: Referrers;
  readonly seen: SeenContent;
  readonly collector: Collector;
  close(): Promise<void>;
}

/**
 * Opens the data folder for this process alone.
 *
 * @throws {FolderInUseError} another process has it.
 */
export async function openContent(config: Config, log: Logger, now: () => Date): Promise<Content> {
  // Hashes of passwords and the key of bearer tokens are kept here: for the eyes of this user alone.
  process.umask(0o077);
  const lock = await lockFolder(config.data);
  const db = await openFacts(config);
  const store = await openBytes(config, { notes: new NotedUploads(db, now), log });
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
