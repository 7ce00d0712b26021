import type { Database } from '../metadata/database.ts';
import { listUploadsOpenedBefore } from '../metadata/uploads.ts';
import { UploadUnknownError } from '../oci/errors.ts';
import type { UploadId } from '../oci/upload-id.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { UploadStore } from '../storage/blob-store.ts';

export interface IdleUploadsParts {
  readonly db: Database;
  readonly store: UploadStore;
  readonly uploads: Uploads;
  readonly now: () => Date;
}

/** Sessions looked at in one query. */
const BATCH = 200;

/**
 * Ends the upload sessions that received nothing for `idleSeconds`, and forgets those whose bytes are gone. May be
 * stopped at any point: each session is ended on its own.
 *
 * @returns how many were ended.
 */
export async function expireIdleUploads(
  parts: IdleUploadsParts,
  idleSeconds: number,
  signal: AbortSignal,
): Promise<number> {
  const { store, uploads } = parts;
  let count = 0;
  for await (const id of store.listIdle(idleSeconds)) {
    signal.throwIfAborted();
    if (await uploads.expire(id)) count += 1;
  }
  await forgetLostUploads(parts, idleSeconds);
  return count;
}

export async function countIdleUploads(store: UploadStore, idleSeconds: number): Promise<number> {
  let count = 0;
  for await (const _ of store.listIdle(idleSeconds)) count += 1;
  return count;
}

/** Sessions whose bytes are gone: a crash came between the two. */
async function forgetLostUploads({ db, store, uploads, now }: IdleUploadsParts, idleSeconds: number): Promise<void> {
  const before = new Date(now().getTime() - idleSeconds * 1000);
  let after = '';
  for (;;) {
    const batch = await listUploadsOpenedBefore(db, before, after, BATCH);
    for (const id of batch) if (await isLost(store, id)) await uploads.expire(id);
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

function isLost(store: UploadStore, id: UploadId): Promise<boolean> {
  return store.offset(id).then(
    () => false,
    (error: unknown) => error instanceof UploadUnknownError,
  );
}
