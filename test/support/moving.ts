import type { Database } from '../../src/metadata/database.ts';
import { findLinkedBlob } from '../../src/metadata/links.ts';
import { listTagNames } from '../../src/metadata/tags.ts';
import { findRepositoryId } from '../../src/metadata/repositories.ts';
import type { MovingParts, TakingOptions } from '../../src/moving/taking.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';
import { parseTagOrDigest } from '../../src/oci/tag-or-digest.ts';
import { ManifestCache } from '../../src/registry/manifest-cache.ts';
import { Manifests, type ManifestRules } from '../../src/registry/manifests.ts';
import { Blobs } from '../../src/registry/blobs.ts';
import { Deletions } from '../../src/registry/deletions.ts';
import { Rules } from '../../src/registry/rules/rules.ts';
import { Uploads } from '../../src/registry/uploads.ts';
import type { StorageKey } from '../../src/storage/blob-store.ts';
import { openFilesystemStore } from '../../src/storage/filesystem/filesystem-store.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { openTestDatabase } from './test-database.ts';

const RULES: ManifestRules = { indexDepth: 4, indexManifests: 1000, requireBlobs: true, requireIndexChildren: false };

export const TAKE_ALL: TakingOptions = { dryRun: false, verify: 'full', transfer: 'auto', overwriteTags: false };

/** The parts of a registry that imports write to, in a folder, and what a client would see of them. */
export interface MovingRegistry {
  readonly folder: string;
  readonly parts: MovingParts;
  readonly manifests: Manifests;
  /** The digest that a tag, or a digest, names; `undefined` when there is none. */
  digestOf(repository: string, tagOrDigest: string): Promise<string | undefined>;
  pullBlob(repository: string, digest: string): Promise<Uint8Array | undefined>;
  tags(repository: string): Promise<readonly string[]>;
  /** Files that hold content, whether or not a fact names them. */
  countCopies(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param openDatabase default: one in the folder. */
export async function openMovingRegistry(openDatabase?: () => Promise<Database>): Promise<MovingRegistry> {
  const folder = temporaryFolder('moving');
  const db = await (openDatabase?.() ?? openTestDatabase(folder));
  const store = await openFilesystemStore({ folder });
  const now = (): Date => new Date();
  const cache = new ManifestCache(1024 * 1024);
  const uploads = new Uploads({ db, store, limits: { uploadBytes: 0, uploadsPerPrincipal: 0 }, now });
  const blobs = new Blobs({ db, store, graceSeconds: 3600, now });
  const repositoryRules = new Rules({ db });
  const deletions = new Deletions({ db, cache, rules: repositoryRules, graceSeconds: 3600, now });
  const manifests = new Manifests({ db, cache, rules: RULES, blobs, repositoryRules, deletions, now });
  return {
    folder,
    parts: { db, store, uploads, cache, rules: RULES, repositoryRules, manifestBytes: 4 * 1024 * 1024, now },
    manifests,
    digestOf: async (repository, tagOrDigest) => {
      const found = manifests.get(parseRepositoryName(repository), parseTagOrDigest(tagOrDigest));
      return (await found.catch(() => undefined))?.digest;
    },
    pullBlob: async (repository, digest) => {
      const row = await findLinkedBlob(db, parseRepositoryName(repository), parseDigest(digest));
      if (row === undefined) return undefined;
      return await new Response(store.read(row.storageKey as StorageKey, row.size)).bytes();
    },
    tags: async (repository) => {
      const id = await findRepositoryId(db, parseRepositoryName(repository));
      return id === undefined ? [] : await listTagNames(db, id, '', 1_000_000);
    },
    countCopies: async () => (await store.usage()).files,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await db.close();
      removeFolder(folder);
    },
  };
}
