import { isForgotten } from '../metadata/blob-links.ts';
import { findBlob, isStorageKeyNamed, saveBlob } from '../metadata/blobs.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { blobLock } from '../metadata/locks.ts';
import { findUpload } from '../metadata/uploads.ts';
import type { Digest } from '../oci/digest.ts';
import type { ListedContent } from '../storage/blob-store.ts';
import { ContentCorruptError, checkContent } from '../storage/verified-content.ts';
import type { Check, CheckOptions, Finding, Look, Suspect, VerificationParts } from './finding.ts';
import type { LostBlobs } from './lost-blobs.ts';

const COPIES_PER_LOOK = 500;

/** All bytes in the store are named by a fact, or wait to be swept, or came in a moment ago. */
export function leftoverCheck(parts: VerificationParts, lost: LostBlobs): Check {
  return { name: 'leftovers', run: (options) => lookAtStore(parts, lost, options) };
}

/** A listing has no bookmark that means anything later: it begins at the beginning. */
async function* lookAtStore(
  parts: VerificationParts,
  lost: LostBlobs,
  options: CheckOptions,
): AsyncGenerator<Look, void> {
  let count = 0;
  let suspects: Suspect[] = [];
  for await (const copy of parts.store.listKeys()) {
    options.signal.throwIfAborted();
    count += 1;
    if (copy.ageSeconds >= parts.leftoverSeconds() && (await isUnnamed(parts, copy))) {
      suspects.push(() => examine(parts, lost, copy, options));
    }
    if (count === COPIES_PER_LOOK) {
      yield { count, bytes: 0, suspects, bookmark: '' };
      count = 0;
      suspects = [];
    }
  }
  yield { count, bytes: 0, suspects, bookmark: '' };
}

/** The session is asked for first: it ends in the very transaction that names the copy, so that one of the two is seen. */
async function isUnnamed({ db }: VerificationParts, { key, upload }: ListedContent): Promise<boolean> {
  if (upload !== undefined && (await findUpload(db, upload)) !== undefined) return false;
  return !(await isStorageKeyNamed(db, key)) && !(await isForgotten(db, key));
}

async function examine(
  parts: VerificationParts,
  lost: LostBlobs,
  copy: ListedContent,
  options: CheckOptions,
): Promise<Finding | undefined> {
  if (!(await isUnnamed(parts, copy)) || (await parts.store.size(copy.key)) === undefined) return undefined;
  const digest = await lostBlobIn(parts, lost, copy, options);
  if (digest !== undefined) {
    return {
      kind: 'copy-found',
      subject: digest,
      problem: `${copy.key} holds it, and its own bytes are lost.`,
      repair: { plan: 'Let the blob be this copy.', apply: () => takeCopy(parts, digest, copy) },
    };
  }
  return {
    kind: 'leftover',
    subject: copy.key,
    problem: `No fact names these ${copy.size} bytes: they are left over from a crash.`,
    repair: { plan: 'Remove them.', apply: () => remove(parts, copy) },
  };
}

/** Are these the bytes of a blob that lost its own? */
async function lostBlobIn(
  { store }: VerificationParts,
  lost: LostBlobs,
  { key, size }: ListedContent,
  { signal, pace }: CheckOptions,
): Promise<Digest | undefined> {
  for (const digest of lost.ofSize(size)) {
    try {
      await checkContent(await store.read(key, size), { digest, size }, { signal, pace });
      return digest;
    } catch (error) {
      if (!(error instanceof ContentCorruptError)) throw error;
    }
  }
  return undefined;
}

async function takeCopy({ db, now }: VerificationParts, digest: Digest, copy: ListedContent): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.lock('exclusive', [blobLock(digest)]);
    const row = await findBlob(tx, digest);
    if (row === undefined || row.storageKey === copy.key) return false;
    await saveBlob(tx, { digest, size: copy.size, storageKey: copy.key }, now());
    await saveForgottenBlob(tx, row, now());
    return true;
  });
}

async function remove(parts: VerificationParts, copy: ListedContent): Promise<boolean> {
  // A registry that has moved elsewhere changes nothing, and does not know what was pushed there since.
  await parts.db.transaction(async () => undefined, { durable: false });
  if (!(await isUnnamed(parts, copy))) return false;
  await parts.store.delete(copy.key);
  return true;
}
