import { deleteBlobs, findUnlinkedBlobs, listUnlinkedBlobs, type BlobRow } from '../metadata/blobs.ts';
import type { Database, LockName, Queryable, Transaction } from '../metadata/database.ts';
import { saveForgottenBlobs } from '../metadata/forgotten-blobs.ts';
import { deleteUnnamedLinks, listUnnamedLinks, type Link, type UnnamedLink } from '../metadata/links.ts';
import { blobLock, manifestContentLock, repositoryLock } from '../metadata/locks.ts';
import { deleteContents, listUnnamedContents } from '../metadata/manifest-contents.ts';
import { deleteRepositories, listEmptyRepositories, type RepositoryKey } from '../metadata/repositories.ts';
import { deleteDetails, listStaleDetails } from '../metadata/stale-rows.ts';
import type { Looked, Stretch } from '../metadata/stretch.ts';
import type { Digest } from '../oci/digest.ts';

/** One kind of facts that garbage collection forgets. */
export interface Garbage<Found, Key> {
  /** What of a stretch nothing needs. */
  list(facts: Queryable, stretch: Stretch<Key>): Promise<Looked<Found, Key>>;
  /** What nobody else may be changing while it is forgotten. */
  lockOf(found: Found): LockName;
  /** Of some that a stretch held: what nothing needs now. Without it, the stretch is listed again. */
  recheck?(tx: Transaction, found: readonly Found[]): Promise<readonly Found[]>;
  /** @returns what was forgotten of it. */
  forget(tx: Transaction, found: readonly Found[]): Promise<readonly Found[]>;
}

/**
 * Forgets what nothing needs of a stretch. Whoever pushes is not waited for, and need not wait: what cannot be locked at
 * once is in use, and left to the next run. What was locked is looked at again, because of what came before the lock.
 *
 * A crash of the machine may undo it: nothing follows from it for bytes before `sweep.ts` has made sure of it.
 */
export async function forgetStretch<Found, Key>(
  db: Database,
  garbage: Garbage<Found, Key>,
  stretch: Stretch<Key>,
): Promise<Looked<Found, Key>> {
  const { found, end } = await garbage.list(db, stretch);
  if (found.length === 0) return { found, end };
  const forgotten = await db.transaction(
    async (tx) => {
      const locked = await tx.tryLock([...new Set(found.map((one) => garbage.lockOf(one)))]);
      const isLocked = (one: Found): boolean => locked.has(garbage.lockOf(one));
      const again =
        garbage.recheck === undefined
          ? (await garbage.list(tx, stretch)).found.filter(isLocked)
          : await garbage.recheck(tx, found.filter(isLocked));
      return again.length === 0 ? [] : garbage.forget(tx, again);
    },
    { durable: false },
  );
  return { found: forgotten, end };
}

/** Links made before `before` whose blob no manifest of the repository names. */
export function unnamedLinks(before: Date): Garbage<UnnamedLink, Link> {
  return {
    list: (facts, stretch) => listUnnamedLinks(facts, before, stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    // The deletion itself looks again.
    recheck: async (_, found) => found,
    forget: async (tx, found) => {
      const forgotten: UnnamedLink[] = [];
      for (const [repositoryId, links] of Map.groupBy(found, (link) => link.repositoryId)) {
        const digests = links.map(({ digest }) => digest);
        const gone = new Set(await deleteUnnamedLinks(tx, repositoryId, digests, before));
        forgotten.push(...links.filter(({ digest }) => gone.has(digest)));
      }
      return forgotten;
    },
  };
}

/** Blobs recorded before `before` that no repository may serve, and none can get back. Their bytes wait to be swept. */
export function unlinkedBlobs(before: Date, now: Date): Garbage<BlobRow, Digest> {
  return {
    list: (facts, stretch) => listUnlinkedBlobs(facts, before, stretch),
    lockOf: ({ digest }) => blobLock(digest),
    recheck: (tx, found) =>
      findUnlinkedBlobs(
        tx,
        before,
        found.map(({ digest }) => digest),
      ),
    forget: async (tx, found) => {
      const digests = found.map(({ digest }) => digest);
      await saveForgottenBlobs(tx, digests, now);
      await deleteBlobs(tx, digests);
      return found;
    },
  };
}

/** Bytes of manifests that no repository has any more, and none can get back. */
export const unnamedContents: Garbage<Digest, Digest> = {
  list: listUnnamedContents,
  lockOf: manifestContentLock,
  forget: async (tx, found) => {
    await deleteContents(tx, found);
    return found;
  },
};

/** What images said of themselves whose bytes are gone. */
export const staleDetails: Garbage<Digest, Digest> = {
  list: listStaleDetails,
  lockOf: manifestContentLock,
  forget: async (tx, found) => {
    await deleteDetails(tx, found);
    return found;
  },
};

/** Repositories made before `before` that hold nothing, and get nothing back. */
export function emptyRepositories(before: Date): Garbage<RepositoryKey, number> {
  return {
    list: (facts, stretch) => listEmptyRepositories(facts, before, stretch),
    lockOf: ({ name }) => repositoryLock(name),
    forget: async (tx, found) => {
      await deleteRepositories(
        tx,
        found.map(({ id }) => id),
      );
      return found;
    },
  };
}
