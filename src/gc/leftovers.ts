import { isStorageKeyNamed } from '../metadata/blobs.ts';
import { isForgottenSince } from '../metadata/forgotten-blobs.ts';
import { findUpload } from '../metadata/uploads.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListedContent, ListingStore } from '../storage/blob-store.ts';
import { isBackupRunning, sweptBefore, type SweepParts } from './sweep.ts';

export interface LeftoversParts extends SweepParts {
  readonly store: BlobStore & ListingStore;
  readonly uploads: Pick<Uploads, 'longestCommitSeconds'>;
}

/** For what lies between a commit and its row besides the flush, and for clocks of disks that are a bit off. */
const SHORTEST_LEFTOVER_SECONDS = 60;

/**
 * The copies that no fact names, older than `graceSeconds`: a crash between the bytes and their row leaves one that only
 * a walk of the store finds.
 */
export async function* listLeftovers(parts: LeftoversParts, graceSeconds: number): AsyncGenerator<ListedContent, void> {
  const shortestSeconds = Math.max(graceSeconds, SHORTEST_LEFTOVER_SECONDS);
  for await (const content of parts.store.listKeys()) {
    // Flushing a large blob to a slow disk takes minutes, and only then a row names it.
    const minimumAgeSeconds = shortestSeconds + parts.uploads.longestCommitSeconds;
    if (content.ageSeconds >= minimumAgeSeconds && !(await isNeeded(parts, content))) yield content;
  }
}

/** Deletes one, unless a backup may be about to copy it. @returns whether it did. */
export async function removeLeftover(parts: LeftoversParts, { key }: ListedContent): Promise<boolean> {
  if (await isBackupRunning(parts)) return false;
  await parts.store.delete(key);
  return true;
}

/** The session is asked for first: it ends in the very transaction that names the copy, so that one of the two is seen. */
async function isNeeded(parts: LeftoversParts, { key, upload }: ListedContent): Promise<boolean> {
  const { db, sweepDelaySeconds = 0 } = parts;
  if (upload !== undefined && (await findUpload(db, upload)) !== undefined) return true;
  if (await isStorageKeyNamed(db, key)) return true;
  return sweepDelaySeconds > 0 && isForgottenSince(db, key, sweptBefore(parts));
}
