import type { Database } from '../metadata/database.ts';
import { findUpload, findUploadNote, saveUploadNote } from '../metadata/uploads.ts';
import { UploadUnknownError } from '../oci/errors.ts';
import type { UploadId } from '../oci/upload-id.ts';
import { UploadTakenOverError, type UploadNote, type UploadNotes } from '../storage/upload-notes.ts';

/**
 * The notes of a store, in the rows of the sessions. Not flushed to the disk: what a power cut takes is the last few
 * bytes of an upload, which its client sends again.
 */
export class NotedUploads implements UploadNotes {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async read(id: UploadId): Promise<UploadNote> {
    const row = await findUploadNote(this.#db, id);
    if (row === undefined) throw new UploadUnknownError(id);
    return { text: row.note ?? undefined, version: row.version };
  }

  write(id: UploadId, text: string, seen: number): Promise<number> {
    const write = { id, note: text, seen };
    return this.#db.transaction(
      async (tx) => {
        const version = await saveUploadNote(tx, write, this.#now());
        if (version !== undefined) return version;
        throw (await findUpload(tx, id)) === undefined ? new UploadUnknownError(id) : new UploadTakenOverError(id);
      },
      { durable: false },
    );
  }
}
