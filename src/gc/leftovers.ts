import { findNamedKeys } from '../metadata/blobs.ts';
import { findForgottenSince } from '../metadata/forgotten-blobs.ts';
import { findOpenUploads } from '../metadata/uploads.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListedContent, ListingStore } from '../storage/blob-store.ts';
import { isBackupRunning, sweptBefore, type SweepParts } from './sweep.ts';

export interface LeftoversParts extends SweepParts {
  readonly store: BlobStore & ListingStore;
  readonly uploads: Pick<Uploads, 'longestCommitSeconds'>;
}

/** For what lies between a commit and its row besides the flush, and for clocks of disks that are a bit off. */
const SHORTEST_LEFTOVER_SECONDS = 60;

/** Looked up in one query. */
const LOOKED_UP_AT_ONCE = 200;

/**
 * The copies that no fact names, older than `graceSeconds`, as many at once as were looked up together: a crash between
 * the bytes and their row leaves one that only a walk of the store finds.
 */
export async function* listLeftovers(
  parts: LeftoversParts,
  graceSeconds: number,
): AsyncGenerator<readonly ListedContent[], void> {
  const shortestSeconds = Math.max(graceSeconds, SHORTEST_LEFTOVER_SECONDS);
  let old: ListedContent[] = [];
  for await (const content of parts.store.listKeys()) {
    // Flushing a large blob to a slow disk takes minutes, and only then a row names it.
    if (content.ageSeconds >= shortestSeconds + parts.uploads.longestCommitSeconds) old.push(content);
    if (old.length < LOOKED_UP_AT_ONCE) continue;
    yield await unneeded(parts, old);
    old = [];
  }
  if (old.length > 0) yield await unneeded(parts, old);
}

/** Deletes one, unless a backup may be about to copy it. @returns whether it did. */
export async function removeLeftover(parts: LeftoversParts, { key }: ListedContent): Promise<boolean> {
  if (await isBackupRunning(parts)) return false;
  await parts.store.delete(key);
  return true;
}

/** Sessions are asked for first: one ends in the very transaction that names the copy, so that one of the two is seen. */
async function unneeded(parts: LeftoversParts, contents: readonly ListedContent[]): Promise<readonly ListedContent[]> {
  const { db, sweepDelaySeconds = 0 } = parts;
  const uploads = contents.map(({ upload }) => upload).filter((upload) => upload !== undefined);
  const open = await findOpenUploads(db, uploads);
  const closed = contents.filter(({ upload }) => upload === undefined || !open.has(upload));
  const named = await findNamedKeys(db, keysOf(closed));
  const unnamed = closed.filter(({ key }) => !named.has(key));
  if (sweepDelaySeconds === 0) return unnamed;
  const forgotten = await findForgottenSince(db, keysOf(unnamed), sweptBefore(parts));
  return unnamed.filter(({ key }) => !forgotten.has(key));
}

function keysOf(contents: readonly ListedContent[]): readonly string[] {
  return contents.map(({ key }) => key);
}
