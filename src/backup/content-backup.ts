import { listBlobs, type DatedBlob } from '../metadata/all-blobs.ts';
import type { Queryable } from '../metadata/database.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import { ContentMissingError } from '../oci/errors.ts';
import type { BlobStore, StorageKey } from '../storage/blob-store.ts';
import type { BackupPlace } from './backup-place.ts';
import { inParallel } from '../storage/in-parallel.ts';
import { blobFolder, blobPath } from './paths.ts';
import type { ProgressCount } from './progress.ts';
import { checkContent, ContentCorruptError, verified } from '../storage/verified-content.ts';

export interface ContentBackupParts {
  /** A copy of the facts: it names exactly what is to be copied. */
  readonly facts: Queryable;
  readonly store: Pick<BlobStore, 'read'>;
  readonly place: BackupPlace;
  readonly progress: ProgressCount;
  readonly signal: AbortSignal;
  /** What is in the backup already is read, and copied again when it is damaged. */
  readonly verify: boolean;
}

/** What came of the content. */
export interface ContentCopied {
  copied: number;
  copiedBytes: number;
  /** In the backup already. */
  kept: number;
  keptBytes: number;
  /** In the backup already and damaged there, and copied again. */
  healed: number;
  /** Lost or damaged in the store: the backup names it and does not have it. */
  readonly lost: Digest[];
}

const BLOBS_PER_STRETCH = 1000;

/** Small blobs wait for flushes most of the time. */
const AT_ONCE = 4;

/** Copies the content that the facts name and that the backup does not have, each piece hashed on its way. */
export async function backUpContent(parts: ContentBackupParts): Promise<ContentCopied> {
  const outcome: ContentCopied = { copied: 0, copiedBytes: 0, kept: 0, keptBytes: 0, healed: 0, lost: [] };
  let there: KeptFolder = { folder: '', sizes: new Map() };
  let after: Digest | undefined;
  for (;;) {
    parts.signal.throwIfAborted();
    const stretch = await listBlobs(parts.facts, after, BLOBS_PER_STRETCH);
    after = stretch.at(-1)?.digest;
    if (after === undefined) return outcome;
    for (const [folder, blobs] of Map.groupBy(stretch, folderOf)) {
      if (folder !== there.folder) there = await look(parts.place, folder);
      const { sizes } = there;
      await inParallel(blobs, AT_ONCE, (blob) => backUp(parts, blob, sizes.get(blobPath(blob.digest)), outcome));
      await parts.place.settle();
    }
  }
}

/** What the backup has in one folder: asked once for some thousand blobs, and not for each. */
interface KeptFolder {
  readonly folder: string;
  readonly sizes: ReadonlyMap<string, number>;
}

async function look(place: BackupPlace, folder: string): Promise<KeptFolder> {
  const sizes = new Map<string, number>();
  for await (const { path, size } of place.list(folder)) sizes.set(path, size);
  return { folder, sizes };
}

function folderOf({ digest }: DatedBlob): string {
  return blobFolder(algorithmOf(digest), encodedOf(digest).slice(0, 2));
}

async function backUp(
  parts: ContentBackupParts,
  blob: DatedBlob,
  keptSize: number | undefined,
  outcome: ContentCopied,
): Promise<void> {
  const { progress } = parts;
  if (keptSize === blob.size && (!parts.verify || (await isSound(parts, blob)))) {
    outcome.kept += 1;
    outcome.keptBytes += blob.size;
    progress.bytes(blob.size);
  } else {
    const isCopied = await copy(parts, blob);
    if (!isCopied) outcome.lost.push(blob.digest);
    else if (keptSize === undefined) outcome.copied += 1;
    else outcome.healed += 1;
    if (isCopied) outcome.copiedBytes += blob.size;
  }
  progress.blob();
}

async function isSound({ place, signal }: ContentBackupParts, blob: DatedBlob): Promise<boolean> {
  try {
    await checkContent(await place.read(blobPath(blob.digest)), blob, { signal });
    return true;
  } catch (error) {
    if (error instanceof ContentCorruptError) return false;
    throw error;
  }
}

/** @returns `false`: the store does not have what the facts promise. */
async function copy({ store, place, progress, signal }: ContentBackupParts, blob: DatedBlob): Promise<boolean> {
  try {
    const body = await store.read(blob.storageKey as StorageKey, blob.size); // the store made this key
    const content = verified(body, blob, { signal, onBytes: (bytes) => progress.bytes(bytes) });
    await place.write(blobPath(blob.digest), content, blob.size);
    return true;
  } catch (error) {
    if (error instanceof ContentMissingError || error instanceof ContentCorruptError) return false;
    throw error;
  }
}
