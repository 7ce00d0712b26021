import { findUnnamedKeys } from '../metadata/blobs.ts';
import { findForgottenSince } from '../metadata/forgotten-blobs.ts';
import { findOpenUploads } from '../metadata/uploads.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { BlobStore, ListedContent, ListingStore, NamedCopy } from '../storage/blob-store.ts';
import { isBackupRunning, sweptBefore, type SweepParts } from './sweep.ts';

export interface LeftoversParts extends SweepParts {
  readonly store: BlobStore & ListingStore;
  readonly uploads: Pick<Uploads, 'longestCommitSeconds'>;
}

/** For what lies between a commit and its row besides the flush, and for clocks of disks that are a bit off. */
const SHORTEST_LEFTOVER_SECONDS = 60;

/** What is known of copies before the store has looked at them. */
type Wanted = NonNullable<Parameters<ListingStore['listKeys']>[0]>;

/**
 * The copies that no fact names, older than `graceSeconds`: a crash between the bytes and their row leaves one that only
 * a walk of the store finds.
 *
 * @param between called after each look at some hundred copies.
 */
export async function* listLeftovers(
  parts: LeftoversParts,
  graceSeconds: number,
  between: () => Promise<void> = async () => undefined,
): AsyncGenerator<ListedContent, void> {
  const shortestSeconds = Math.max(graceSeconds, SHORTEST_LEFTOVER_SECONDS);
  const wanted: Wanted = async (copies) => {
    await between();
    return unneeded(parts, copies);
  };
  for await (const content of parts.store.listKeys(wanted)) {
    // Flushing a large blob to a slow disk takes minutes, and only then a row names it.
    if (content.ageSeconds < shortestSeconds + parts.uploads.longestCommitSeconds) continue;
    // What was named after it was asked for is as young as that; a store may list what was not wanted, too.
    if ((await unneeded(parts, [content])).length > 0) yield content;
  }
}

/** Deletes one, unless a backup may be about to copy it. @returns whether it did. */
export async function removeLeftover(parts: LeftoversParts, { key }: ListedContent): Promise<boolean> {
  if (await isBackupRunning(parts)) return false;
  await parts.store.delete(key);
  return true;
}

/** Sessions are asked for first: one ends in the very transaction that names the copy, so that one of the two is seen. */
async function unneeded<Copy extends NamedCopy>(
  parts: LeftoversParts,
  contents: readonly Copy[],
): Promise<readonly Copy[]> {
  const { db, sweepDelaySeconds = 0 } = parts;
  const uploads = contents.map(({ upload }) => upload).filter((upload) => upload !== undefined);
  const open = await findOpenUploads(db, uploads);
  const closed = contents.filter(({ upload }) => upload === undefined || !open.has(upload));
  const keys = await findUnnamedKeys(db, keysOf(closed));
  const unnamed = closed.filter(({ key }) => keys.has(key));
  if (sweepDelaySeconds === 0) return unnamed;
  const forgotten = await findForgottenSince(db, keysOf(unnamed), sweptBefore(parts));
  return unnamed.filter(({ key }) => !forgotten.has(key));
}

function keysOf(contents: readonly NamedCopy[]): readonly string[] {
  return contents.map(({ key }) => key);
}
