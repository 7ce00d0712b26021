import type { UploadId } from '../oci/upload-id.ts';
import { UploadTakenOverError, type UploadNote, type UploadNotes } from '../storage/upload-notes.ts';

/** More than are ever under way at once. */
const MOST = 1000;

/** Notes of a process that is alone with its uploads, and that begins anew whatever it did not finish. */
export class TransientNotes implements UploadNotes {
  readonly #notes = new Map<UploadId, UploadNote>();

  async read(id: UploadId): Promise<UploadNote> {
    return this.#notes.get(id) ?? { text: undefined, version: 0 };
  }

  async write(id: UploadId, text: string, seen: number): Promise<number> {
    const { version } = await this.read(id);
    if (version !== seen) throw new UploadTakenOverError(id);
    this.#notes.delete(id);
    this.#notes.set(id, { text, version: version + 1 });
    for (const oldest of this.#notes.keys()) {
      if (this.#notes.size <= MOST) break;
      this.#notes.delete(oldest);
    }
    return version + 1;
  }
}
