import { Collector, type CollectOptions, type CollectReport } from '../../src/gc/collector.ts';
import { Leases } from '../../src/jobs/leases.ts';
import type { Database } from '../../src/metadata/database.ts';
import { Blobs } from '../../src/registry/blobs.ts';
import { ManifestCache } from '../../src/registry/manifest-cache.ts';
import { Manifests } from '../../src/registry/manifests.ts';
import { Deletions } from '../../src/registry/deletions.ts';
import { Rules } from '../../src/registry/rules/rules.ts';
import { NotedUploads } from '../../src/registry/noted-uploads.ts';
import { Uploads } from '../../src/registry/uploads.ts';
import { openFilesystemStore, type FilesystemStore } from '../../src/storage/filesystem/filesystem-store.ts';
import type { TestedEngine } from './engines.ts';
import { memoryFolder, removeFolder } from './folders.ts';
import { MovableClock } from './registry-under-test.ts';

/** What one process has of an installation that several share. */
export interface Node {
  readonly store: FilesystemStore;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly rules: Rules;
  readonly leases: Leases;
  collect(options?: Partial<CollectOptions>): Promise<CollectReport>;
}

/** Two nodes: one database, one folder, and nothing else in common. */
export interface TwoNodes {
  readonly one: Node;
  readonly two: Node;
  readonly db: Database;
  readonly clock: MovableClock;
  [Symbol.asyncDispose](): Promise<void>;
}

export const SWEEP_DELAY_SECONDS = 900;

/** @param seen what the rules see of the database, where that is not the database itself. */
export async function openTwoNodes(engine: TestedEngine, seen = (db: Database): Database => db): Promise<TwoNodes> {
  const folder = memoryFolder('nodes');
  const db = await engine.open();
  const clock = new MovableClock();
  const openNode = (name: string): Promise<Node> => nodeOn({ db: seen(db), folder, now: clock.now, name });
  const [one, two] = [await openNode('one'), await openNode('two')];
  return {
    one,
    two,
    db,
    clock,
    [Symbol.asyncDispose]: async () => {
      for (const { store } of [one, two]) await store.close();
      await db.close();
      removeFolder(folder);
    },
  };
}

interface Base {
  readonly db: Database;
  readonly folder: string;
  readonly now: () => Date;
  readonly name: string;
}

const RULES = { indexDepth: 4, indexManifests: 1000, requireBlobs: true, requireIndexChildren: false };
const LIMITS = { uploadBytes: 0, uploadsPerPrincipal: 3 };
const COLLECT: CollectOptions = { dryRun: false, deleteUntagged: true, graceSeconds: 3600, uploadIdleSeconds: 86_400 };

async function nodeOn({ db, folder, now, name }: Base): Promise<Node> {
  const store = await openFilesystemStore({ folder, notes: new NotedUploads(db, now) });
  const cache = new ManifestCache(1024 * 1024);
  const blobs = new Blobs({ db, store, graceSeconds: 3600, now });
  const repositoryRules = new Rules({ db });
  const deletions = new Deletions({ db, cache, rules: repositoryRules, graceSeconds: 3600, now });
  const uploads = new Uploads({ db, store, limits: LIMITS, now, keepsNotes: true });
  const rules = repositoryRules;
  const base = { db, store, uploads, cache, deletions, rules, now };
  const collector = new Collector({ ...base, sweepDelaySeconds: SWEEP_DELAY_SECONDS });
  return {
    store,
    uploads,
    blobs,
    manifests: new Manifests({ db, cache, rules: RULES, blobs, repositoryRules, deletions, now }),
    rules: repositoryRules,
    leases: new Leases({ db, node: name, now }),
    collect: (options) => collector.collect({ ...COLLECT, ...options }, new AbortController().signal),
  };
}
