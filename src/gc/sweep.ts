import { saveBookmark } from '../metadata/bookmarks.ts';
import type { Database } from '../metadata/database.ts';
import { deleteForgottenBlobs, listForgottenBlobs } from '../metadata/forgotten-blobs.ts';
import { findLease } from '../metadata/leases.ts';
import { LEASES } from '../jobs/lease-names.ts';
import type { BlobStore, StorageKey } from '../storage/blob-store.ts';

export interface SweepParts {
  readonly db: Database;
  readonly store: BlobStore;
  readonly now: () => Date;
  /**
   * How long bytes stay after they were forgotten: another node may just have looked up where they lie, and a client may
   * have a URL of them. 0 where nobody but this process reads: its readers hold the file open. Default 0.
   */
  readonly sweepDelaySeconds?: number;
}

/** Of a batch: so many rows keep no push waiting that is noticed. */
const MOST_ROWS = 500;

/** When bytes were last swept. */
const SWEPT = 'swept';

/** A store over the network takes as long for sixteen as for one, and is there for those who push and pull. */
const DELETED_AT_ONCE = 16;

/** A store that takes longer to refuse something is not well: then nothing more is asked of it. In milliseconds. */
const QUICK_REFUSAL_MILLISECONDS = 5_000;

/**
 * Deletes the bytes that were forgotten long enough ago, a batch at a time. May be stopped at any point.
 *
 * @param rows of the next batch.
 * @yields how many were deleted.
 * @throws the first failure, after everything that can be deleted was: what may not be, such as an object that was adopted
 *   in a place where we have no right to delete, keeps nothing else.
 */
export async function* sweepForgotten(parts: SweepParts, rows: () => number = () => 64): AsyncGenerator<number, void> {
  const { db } = parts;
  let isForGood = false;
  let failure: { readonly error: unknown } | undefined;
  for (let after = ''; ;) {
    const batch = await listForgottenBlobs(db, sweptBefore(parts), after, Math.min(rows(), MOST_ROWS));
    const last = batch.at(-1);
    // Asked after the batch is known: a backup that begins from now on sees that these are forgotten.
    if (last === undefined || (await isBackupRunning(parts))) break;
    // A crash of the machine may bring back what was forgotten, but not after this: it waits for the disk, with all before it.
    if (!isForGood) await db.transaction((tx) => saveBookmark(tx, SWEPT, '', parts.now()));
    isForGood = true;
    const deleted: string[] = [];
    for (let start = 0; start < batch.length; start += DELETED_AT_ONCE) {
      const keys = batch.slice(start, start + DELETED_AT_ONCE).map(({ storageKey }) => storageKey);
      const errors = await Promise.all(keys.map((key) => deleteBytes(parts, key)));
      deleted.push(...keys.filter((_, place) => errors[place] === undefined));
      const error = errors.find((refusal) => refusal !== undefined);
      if (error !== undefined) failure ??= { error };
    }
    if (deleted.length > 0) await db.transaction((tx) => deleteForgottenBlobs(tx, deleted), { durable: false });
    after = last.storageKey;
    yield deleted.length;
  }
  if (failure !== undefined) throw failure.error;
}

/** @returns why it was refused. @throws the same, where others would fail as well. */
async function deleteBytes({ store }: SweepParts, storageKey: string): Promise<unknown> {
  const began = performance.now();
  try {
    await store.delete(storageKey as StorageKey); // the store made this key
    return undefined;
  } catch (error) {
    if (performance.now() - began > QUICK_REFUSAL_MILLISECONDS) throw error;
    return error;
  }
}

/** What was forgotten then, or before, may be swept now. */
export function sweptBefore({ now, sweepDelaySeconds = 0 }: Pick<SweepParts, 'now' | 'sweepDelaySeconds'>): Date {
  return new Date(now().getTime() - sweepDelaySeconds * 1000);
}

/** It copies the bytes of what it saw at its beginning. */
export async function isBackupRunning({ db, now }: Pick<SweepParts, 'db' | 'now'>): Promise<boolean> {
  return (await findLease(db, LEASES.backup, now())) !== undefined;
}
