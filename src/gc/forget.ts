import { deleteBlob, listUnlinkedBlobs, type BlobRow } from '../metadata/blobs.ts';
import type { LockName, Queryable, Transaction } from '../metadata/database.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { deleteOldLink, listUnnamedLinks, type Link, type UnnamedLink } from '../metadata/links.ts';
import { blobLock, manifestContentLock, repositoryLock } from '../metadata/locks.ts';
import { deleteContent, listUnnamedContents } from '../metadata/manifest-contents.ts';
import { deleteEdges } from '../metadata/manifest-edges.ts';
import { deleteManifest } from '../metadata/manifests.ts';
import { deleteRepository, listEmptyRepositories, type RepositoryKey } from '../metadata/repositories.ts';
import type { Looked, Stretch } from '../metadata/stretch.ts';
import { listUntagged, type ManifestKey, type UntaggedManifest } from '../metadata/untagged-manifests.ts';
import type { Digest } from '../oci/digest.ts';

/** One kind of facts that garbage collection forgets. */
export interface Garbage<Found, Key> {
  /** What of a stretch nothing needs. */
  list(facts: Queryable, stretch: Stretch<Key>): Promise<Looked<Found, Key>>;
  /** What nobody else may be changing while it is forgotten. */
  lockOf(found: Found): LockName;
  /** @returns what was forgotten of it. */
  forget(tx: Transaction, found: readonly Found[]): Promise<readonly Found[]>;
}

/** How a collection goes about it: for good, or only to see. */
export interface Approach {
  readonly facts: Queryable;
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** Whether nobody else changes anything between looking and forgetting. */
  readonly isAlone: boolean;
}

/**
 * Forgets what nothing needs of a stretch. Whoever pushes is not waited for, and need not wait: what cannot be locked at
 * once is in use, and left to the next run. What was locked is looked at again, because of what came before the lock.
 */
export async function forgetStretch<Found, Key>(
  { facts, transaction, isAlone }: Approach,
  garbage: Garbage<Found, Key>,
  stretch: Stretch<Key>,
): Promise<Looked<Found, Key>> {
  const { found, end } = await garbage.list(facts, stretch);
  if (found.length === 0) return { found, end };
  const forgotten = await transaction(async (tx) => {
    if (isAlone) return garbage.forget(tx, found);
    const locked = await tx.tryLock([...new Set(found.map((one) => garbage.lockOf(one)))]);
    const again = await garbage.list(tx, stretch);
    return garbage.forget(
      tx,
      again.found.filter((one) => locked.has(garbage.lockOf(one))),
    );
  });
  return { found: forgotten, end };
}

/** Manifests pushed before `before` that no tag, index or subject keeps. */
export function untaggedManifests(before: Date): Garbage<UntaggedManifest, ManifestKey> {
  return {
    list: (facts, stretch) => listUntagged(facts, before, stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    forget: async (tx, found) => {
      for (const { repositoryId, digest } of found) {
        await deleteEdges(tx, repositoryId, digest);
        await deleteManifest(tx, repositoryId, digest);
      }
      return found;
    },
  };
}

/** Links made before `before` whose blob no manifest of the repository names. */
export function unnamedLinks(before: Date): Garbage<UnnamedLink, Link> {
  return {
    list: (facts, stretch) => listUnnamedLinks(facts, before, stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    forget: async (tx, found) => {
      const forgotten: UnnamedLink[] = [];
      // A client that asks for the blob renews its link without any lock: the time is compared as the link is deleted.
      for (const link of found) if (await deleteOldLink(tx, link, before)) forgotten.push(link);
      return forgotten;
    },
  };
}

/** Blobs recorded before `before` that no repository may serve. Their bytes wait to be swept. */
export function unlinkedBlobs(before: Date, now: Date): Garbage<BlobRow, Digest> {
  return {
    list: (facts, stretch) => listUnlinkedBlobs(facts, before, stretch),
    lockOf: ({ digest }) => blobLock(digest),
    forget: async (tx, found) => {
      for (const blob of found) {
        await deleteBlob(tx, blob.digest);
        await saveForgottenBlob(tx, blob, now);
      }
      return found;
    },
  };
}

/** Bytes of manifests that no repository has any more. */
export const unnamedContents: Garbage<Digest, Digest> = {
  list: listUnnamedContents,
  lockOf: manifestContentLock,
  forget: async (tx, found) => {
    for (const digest of found) await deleteContent(tx, digest);
    return found;
  },
};

/** Repositories made before `before` that hold nothing. */
export function emptyRepositories(before: Date): Garbage<RepositoryKey, number> {
  return {
    list: (facts, stretch) => listEmptyRepositories(facts, before, stretch),
    lockOf: ({ name }) => repositoryLock(name),
    forget: async (tx, found) => {
      for (const { id } of found) await deleteRepository(tx, id);
      return found;
    },
  };
}
