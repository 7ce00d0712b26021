import type { UploadId } from '../../oci/upload-id.ts';
import type { EarlyFlush } from './early-flush.ts';
import type { RunningHash } from './running-hash.ts';

/** What this process knows of an upload beyond its file. */
export interface UploadSession {
  readonly id: UploadId;
  /** In bytes; the file may be longer while a chunk is being received. */
  offset: number;
  readonly hash: RunningHash;
  readonly flush: EarlyFlush;
  /** Set by an abort, for the append that may be running. */
  aborted: boolean;
}

/** Uploads beyond these lose their running hash and are looked up in the folder again: some 10 MB. */
const MAX_REMEMBERED = 10_000;

/** The uploads this process received something of, the one used longest ago first. */
export class UploadSessions {
  readonly #byId = new Map<UploadId, UploadSession>();

  use(id: UploadId): UploadSession | undefined {
    const session = this.#byId.get(id);
    if (session !== undefined) {
      this.#byId.delete(id);
      this.#byId.set(id, session);
    }
    return session;
  }

  remember(session: UploadSession): void {
    this.#byId.set(session.id, session);
    if (this.#byId.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#byId.keys()) return this.forget(oldest);
  }

  forget(id: UploadId): void {
    this.#byId.get(id)?.hash.drop();
    this.#byId.delete(id);
  }
}
