import type { Database } from '../metadata/database.ts';
import { findUpload, listIdleUploads, listUploadsOpenedBefore } from '../metadata/uploads.ts';
import { UploadUnknownError } from '../oci/errors.ts';
import type { UploadId } from '../oci/upload-id.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { UploadStore } from '../storage/blob-store.ts';

export interface IdleUploadsParts {
  readonly db: Database;
  readonly store: UploadStore;
  readonly uploads: Pick<Uploads, 'expire' | 'keepsNotes'>;
  readonly now: () => Date;
}

/** Sessions looked at in one query. */
const BATCH = 200;

/**
 * Ends the upload sessions that received nothing for `idleSeconds`, and what is left of others: sessions without bytes,
 * and bytes without a session. May be stopped at any point: each session is ended on its own.
 *
 * @returns how many were ended.
 */
export async function expireIdleUploads(
  parts: IdleUploadsParts,
  idleSeconds: number,
  signal: AbortSignal,
): Promise<number> {
  const { store, uploads, now } = parts;
  const idleSince = new Date(now().getTime() - idleSeconds * 1000);
  let count = 0;
  for await (const id of store.listIdle(idleSeconds)) {
    signal.throwIfAborted();
    if (await uploads.expire(id, idleSince)) count += 1;
  }
  if (!uploads.keepsNotes) await forgetLostUploads(parts, idleSince);
  else {
    for await (const id of notedBefore(parts.db, idleSince)) {
      signal.throwIfAborted();
      if (await uploads.expire(id, idleSince)) count += 1;
    }
  }
  return count;
}

/** What {@link expireIdleUploads} would end now. */
export async function countIdleUploads(
  { db, store, uploads, now }: IdleUploadsParts,
  idleSeconds: number,
): Promise<number> {
  const ids = new Set<UploadId>();
  for await (const id of store.listIdle(idleSeconds)) {
    if (!uploads.keepsNotes || (await findUpload(db, id)) === undefined) ids.add(id);
  }
  if (uploads.keepsNotes) {
    const idleSince = new Date(now().getTime() - idleSeconds * 1000);
    for await (const id of notedBefore(db, idleSince)) ids.add(id);
  }
  return ids.size;
}

async function* notedBefore(db: Database, idleSince: Date): AsyncGenerator<UploadId, void> {
  let after = '';
  for (;;) {
    const batch = await listIdleUploads(db, idleSince, after, BATCH);
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** Sessions whose bytes are gone: a crash came between the two. */
async function forgetLostUploads({ db, store, uploads }: IdleUploadsParts, idleSince: Date): Promise<void> {
  let after = '';
  for (;;) {
    const batch = await listUploadsOpenedBefore(db, idleSince, after, BATCH);
    for (const id of batch) if (await isLost(store, id)) await uploads.expire(id, idleSince);
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
