import { UploadUnknownError } from '../../oci/errors.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import { UploadTakenOverError, type UploadNote, type UploadNotes } from '../upload-notes.ts';

interface Session {
  readonly note: UploadNote;
  readonly written: number;
}

/** Sessions and their notes, for tests of stores: what the registry keeps in its database. */
export class MemoryUploadNotes implements UploadNotes {
  readonly #sessions = new Map<UploadId, Session>();

  open(id: UploadId): void {
    this.#sessions.set(id, { note: { text: undefined, version: 0 }, written: Date.now() });
  }

  isOpen(id: UploadId): boolean {
    return this.#sessions.has(id);
  }

  /** @returns the last note. */
  end(id: UploadId): string | undefined {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    return session?.note.text;
  }

  async read(id: UploadId): Promise<UploadNote> {
    return this.#get(id).note;
  }

  async write(id: UploadId, text: string, seen: number): Promise<number> {
    if (this.#get(id).note.version !== seen) throw new UploadTakenOverError(id);
    this.#sessions.set(id, { note: { text, version: seen + 1 }, written: Date.now() });
    return seen + 1;
  }

  *idle(idleSeconds: number): Iterable<UploadId> {
    const before = Date.now() - idleSeconds * 1000;
    for (const [id, { written }] of this.#sessions) if (written <= before) yield id;
  }

  #get(id: UploadId): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new UploadUnknownError(id);
    return session;
  }
}
