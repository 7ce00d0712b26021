import { findBlobs, listBlobs, type DatedBlob } from '../metadata/all-blobs.ts';
import { deleteBlob, findBlob, type BlobRow } from '../metadata/blobs.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { deleteLinksOf } from '../metadata/blob-links.ts';
import { listHolders } from '../metadata/links.ts';
import { blobLock } from '../metadata/locks.ts';
import type { Digest } from '../oci/digest.ts';
import { ContentMissingError } from '../oci/errors.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { inParallel } from '../storage/in-parallel.ts';
import { checkContent, ContentCorruptError } from '../storage/verified-content.ts';
import type { Check, CheckOptions, Finding, Look, Suspect, VerificationParts } from './finding.ts';
import type { LostBlobs } from './lost-blobs.ts';

/** A part that is read to the end between two bookmarks. */
const BLOBS_PER_LOOK = 200;

const BYTES_PER_LOOK = 512 * 1024 * 1024;

/** A store in a network answers slowly, and many at once. */
const SIZES_AT_ONCE = 16;

/** Every blob has its bytes: as many as its row says, and with `full` those that its digest says. */
export function blobCheck(parts: VerificationParts, lost: LostBlobs): Check {
  return { name: 'blobs', run: (options) => lookAtBlobs(parts, lost, options) };
}

async function* lookAtBlobs(
  parts: VerificationParts,
  lost: LostBlobs,
  options: CheckOptions,
): AsyncGenerator<Look, void> {
  let after = options.after as Digest | undefined; // a bookmark of ours is the digest of a blob
  for (;;) {
    options.signal.throwIfAborted();
    const listed = await listBlobs(parts.db, after, BLOBS_PER_LOOK);
    const blobs = options.full ? firstBytes(listed) : listed;
    after = blobs.at(-1)?.digest;
    if (after === undefined) return;
    const wrong = options.full ? await read(parts, blobs, options) : await measure(parts, blobs);
    const suspects = wrong.map(
      (blob): Suspect =>
        () =>
          examine(parts, lost, blob, options),
    );
    const bytes = options.full ? blobs.reduce((sum, { size }) => sum + size, 0) : 0;
    yield { count: blobs.length, bytes, suspects, bookmark: after };
  }
}

/** The first ones, that together are not much more than can be read again after an interruption. */
function firstBytes(blobs: readonly DatedBlob[]): readonly DatedBlob[] {
  let bytes = 0;
  const end = blobs.findIndex(({ size }) => (bytes += size) > BYTES_PER_LOOK);
  return end === -1 ? blobs : blobs.slice(0, end + 1);
}

async function measure({ store }: VerificationParts, blobs: readonly DatedBlob[]): Promise<readonly DatedBlob[]> {
  const wrong: DatedBlob[] = [];
  await inParallel(blobs, SIZES_AT_ONCE, async (blob) => {
    if ((await store.size(keyOf(blob))) !== blob.size) wrong.push(blob);
  });
  return wrong;
}

async function read(
  parts: VerificationParts,
  blobs: readonly DatedBlob[],
  options: CheckOptions,
): Promise<readonly DatedBlob[]> {
  const wrong: DatedBlob[] = [];
  for (const blob of blobs) {
    options.signal.throwIfAborted();
    if ((await stateOf(parts, blob, options)) !== 'sound') wrong.push(blob);
  }
  return wrong;
}

type State = 'sound' | 'lost' | 'cut' | 'corrupt';

async function stateOf(
  { store }: Pick<VerificationParts, 'store'>,
  blob: BlobRow,
  { full, signal, pace }: CheckOptions,
): Promise<State> {
  const size = await store.size(keyOf(blob));
  if (size === undefined) return 'lost';
  if (size !== blob.size) return 'cut';
  if (!full) return 'sound';
  try {
    await checkContent(await store.read(keyOf(blob), blob.size), blob, { signal, pace });
    return 'sound';
  } catch (error) {
    if (error instanceof ContentMissingError) return 'lost';
    if (error instanceof ContentCorruptError) return 'corrupt';
    throw error;
  }
}

const WORDS: Readonly<Record<Exclude<State, 'sound'>, string>> = {
  lost: 'Its bytes are gone from the store.',
  cut: 'Its bytes are fewer or more than were received.',
  corrupt: 'Its bytes are not those of its digest.',
};

/** A row that still names the key after its bytes were found wrong: nobody removed them on purpose. */
async function examine(
  parts: VerificationParts,
  lost: LostBlobs,
  { digest }: BlobRow,
  options: CheckOptions,
): Promise<Finding | undefined> {
  const row = await findBlob(parts.db, digest);
  if (row === undefined) return undefined;
  const state = await stateOf(parts, row, options);
  if (state === 'sound') return undefined;
  const still = await findBlob(parts.db, digest);
  if (still?.storageKey !== row.storageKey) return undefined;
  lost.add(digest, row.size);
  return {
    kind: `bytes-${state}`,
    subject: digest,
    problem: `${WORDS[state]} ${await inWhich(parts, digest)}`,
    repair: {
      plan: 'Take another copy, if one is found among the leftovers; else forget the blob, so that the next push of it brings it back.',
      apply: () => forget(parts, row, options),
    },
  };
}

/** Enough to know whom to ask for the image. */
const NAMED_HOLDERS = 10;

async function inWhich({ db }: VerificationParts, digest: Digest): Promise<string> {
  const holders = await listHolders(db, digest, NAMED_HOLDERS);
  return holders.length === 0 ? 'No repository has it.' : `It is in ${holders.join(', ')}.`;
}

/** What is left of the bytes is swept with the next garbage. */
async function forget(parts: VerificationParts, bad: BlobRow, options: CheckOptions): Promise<boolean> {
  const { db, now } = parts;
  if ((await stateOf(parts, bad, options)) === 'sound') return false;
  return db.transaction(async (tx) => {
    await tx.lock('exclusive', [blobLock(bad.digest)]);
    const row = (await findBlobs(tx, [bad.digest])).get(bad.digest);
    if (row?.storageKey !== bad.storageKey) return false;
    await deleteLinksOf(tx, bad.digest);
    await deleteBlob(tx, bad.digest);
    await saveForgottenBlob(tx, row, now());
    return true;
  });
}

function keyOf({ storageKey }: BlobRow): StorageKey {
  return storageKey as StorageKey; // the store made this key, and the row only kept it
}
