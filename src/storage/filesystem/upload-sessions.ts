import type { DigestAlgorithm } from '../../oci/digest.ts';
import type { UploadId } from '../../oci/upload-id.ts';

/** What this process knows of an upload beyond its file. */
export interface UploadSession {
  readonly id: UploadId;
  readonly algorithm: DigestAlgorithm;
  /** In bytes. */
  offset: number;
  /** Of the bytes before `offset`; `undefined` when this process did not see them all, and commit must read them back. */
  hasher: Bun.CryptoHasher | undefined;
  /** Set by an abort, for the append that may be running. */
  aborted: boolean;
}

/** Uploads beyond these lose their running hash and are looked up in the folder again: about 4 MB. */
const MAX_REMEMBERED = 10_000;

/** The uploads this process received something of, the one used longest ago first. */
export class UploadSessions {
  readonly #byId = new Map<UploadId, UploadSession>();

  get(id: UploadId): UploadSession | undefined {
    return this.#byId.get(id);
  }

  /** Remembers an upload, or that it was used. */
  remember(session: UploadSession): void {
    this.#byId.delete(session.id);
    this.#byId.set(session.id, session);
    if (this.#byId.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#byId.keys()) {
      this.#byId.delete(oldest);
      return;
    }
  }

  forget(id: UploadId): void {
    this.#byId.delete(id);
  }
}

export function newSession(id: UploadId, algorithm: DigestAlgorithm): UploadSession {
  return { id, algorithm, offset: 0, hasher: new Bun.CryptoHasher(algorithm), aborted: false };
}

/** After a restart: the file tells how much there is, and nothing else. */
export function foundSession(id: UploadId, offset: number): UploadSession {
  if (offset === 0) return newSession(id, 'sha256');
  return { id, algorithm: 'sha256', offset, hasher: undefined, aborted: false };
}
