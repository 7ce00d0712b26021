import type { UploadId } from '../oci/upload-id.ts';

/** What a store wrote of one upload, and how many notes there were. */
export interface UploadNote {
  /** The store's own words. */
  readonly text: string | undefined;
  readonly version: number;
}

/** Another node works on the upload now: what this one did since its last note does not count. */
export class UploadTakenOverError extends Error {
  constructor(id: UploadId) {
    super(`another node took over upload ${id}`);
    this.name = new.target.name;
  }
}

/**
 * What a store remembers of uploads between two requests, where any node may get the next one. Kept beside the session,
 * and gone with it.
 *
 * A node that begins to work on an upload writes a note first; whoever worked on it before then cannot write any more.
 * So of two nodes that both think they have the upload, one learns that it is wrong before it says anything to a client.
 */
export interface UploadNotes {
  /** @throws {UploadUnknownError} no such session. */
  read(id: UploadId): Promise<UploadNote>;

  /**
   * @param seen the version that the writer read or wrote last.
   * @returns the version of this note.
   * @throws {UploadTakenOverError} there was another note since.
   * @throws {UploadUnknownError} the session is over.
   */
  write(id: UploadId, text: string, seen: number): Promise<number>;
}
