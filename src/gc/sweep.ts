import type { Database } from '../metadata/database.ts';
import { deleteForgottenBlob, listForgottenBlobs } from '../metadata/forgotten-blobs.ts';
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

/** Small, so that no push waits long for the writer. */
const BATCH = 200;

/** Deletes the bytes that were forgotten long enough ago. May be stopped at any point. */
export async function sweepForgotten(parts: SweepParts, signal: AbortSignal): Promise<void> {
  const { db, store } = parts;
  for (;;) {
    const batch = await listForgottenBlobs(db, sweptBefore(parts), BATCH);
    // Asked after the batch is known: a backup that begins from now on sees that these are forgotten.
    if (batch.length === 0 || (await isBackupRunning(parts))) return;
    for (const { storageKey } of batch) await store.delete(storageKey as StorageKey); // the store made this key
    await db.transaction(async (tx) => {
      for (const { storageKey } of batch) await deleteForgottenBlob(tx, storageKey);
    });
    signal.throwIfAborted();
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
