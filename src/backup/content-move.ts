import { findBlobs, listBlobs, type DatedBlob } from '../metadata/all-blobs.ts';
import { saveBlob } from '../metadata/blobs.ts';
import type { Database, Queryable } from '../metadata/database.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { ContentMissingError, DigestInvalidError, SizeInvalidError } from '../oci/errors.ts';
import { newUploadId } from '../oci/upload-id.ts';
import type { BlobBody, StorageKey, Store, StoredContent } from '../storage/blob-store.ts';
import { inParallel } from '../storage/in-parallel.ts';
import type { ProgressCount } from './progress.ts';
import { streamOf } from '../storage/verified-content.ts';

/** What is moved into. */
export interface MoveTarget {
  readonly db: Database;
  readonly store: Store;
}

export interface ContentMoveParts {
  /** Whose `blobs` say what is to be there. */
  readonly facts: Queryable;
  /** @throws {ContentMissingError} it does not have it. */
  readonly read: (blob: DatedBlob) => BlobBody | Promise<BlobBody>;
  readonly to: MoveTarget;
  readonly progress: ProgressCount;
  readonly signal: AbortSignal;
}

export interface ContentMoved {
  copied: number;
  copiedBytes: number;
  /** There already, of an earlier run. */
  kept: number;
  /** The source does not have what its facts promise, and so neither has the target: the blob's row is left out. */
  readonly lost: Digest[];
}

const BLOBS_PER_STRETCH = 500;
const AT_ONCE = 4;

/**
 * Copies what the facts name into the target's store, each piece verified by the store that takes it, and names it in
 * the target's database. What is named there already is left alone: an interrupted run goes on.
 */
export async function moveContent(parts: ContentMoveParts): Promise<ContentMoved> {
  const outcome: ContentMoved = { copied: 0, copiedBytes: 0, kept: 0, lost: [] };
  let after: Digest | undefined;
  for (;;) {
    parts.signal.throwIfAborted();
    const stretch = await listBlobs(parts.facts, after, BLOBS_PER_STRETCH);
    after = stretch.at(-1)?.digest;
    if (after === undefined) return outcome;
    const digests = stretch.map(({ digest }) => digest);
    const there = await findBlobs(parts.to.db, digests);
    await inParallel(stretch, AT_ONCE, (blob) => move(parts, blob, there.get(blob.digest), outcome));
  }
}

async function move(
  parts: ContentMoveParts,
  blob: DatedBlob,
  there: DatedBlob | undefined,
  outcome: ContentMoved,
): Promise<void> {
  const { to, progress } = parts;
  if (there !== undefined && (await to.store.size(there.storageKey as StorageKey)) === blob.size) {
    outcome.kept += 1;
    progress.bytes(blob.size);
  } else {
    const stored = await copy(parts, blob);
    if (stored === undefined) outcome.lost.push(blob.digest);
    else {
      const { key: storageKey, digest, size } = stored;
      await to.db.transaction((tx) => saveBlob(tx, { digest, size, storageKey }, new Date(blob.createdAt)));
      outcome.copied += 1;
      outcome.copiedBytes += blob.size;
    }
  }
  progress.blob();
}

/** @returns `undefined`: the source does not have it. */
async function copy(
  { read, to, progress, signal }: ContentMoveParts,
  blob: DatedBlob,
): Promise<StoredContent | undefined> {
  const { store } = to;
  const id = newUploadId();
  await store.create(id, algorithmOf(blob.digest));
  try {
    await store.append(id, streamOf(await read(blob)), {
      at: 0,
      exactBytes: blob.size,
      signal,
      onProgress: (bytes) => progress.bytes(bytes),
    });
    return await store.commit(id, blob.digest);
  } catch (error) {
    await store.abort(id).catch(() => undefined); // what led here is what is told
    if (isLost(error)) return undefined;
    throw error;
  }
}

function isLost(error: unknown): boolean {
  const kinds = [ContentMissingError, DigestInvalidError, SizeInvalidError];
  return kinds.some((kind) => error instanceof kind);
}
