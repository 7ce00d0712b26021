import type { Digest, DigestAlgorithm } from '../../oci/digest.ts';
import { parseDigest } from '../../oci/digest.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type { PartBuffer } from './part-buffer.ts';
import type { Keeper, UploadMemory } from './upload-memory.ts';
import type { UploadState } from './upload-state.ts';

/** Sessions beyond these are read from their notes again: some 10 MB. */
const MAX_REMEMBERED = 10_000;

/** What this node knows of an upload. It is right as long as no other node wrote a note. */
export class UploadSession implements Keeper {
  readonly id: UploadId;
  state: UploadState;
  /** Of the last note seen. */
  version: number;
  /** Of all bytes so far, where this node saw them all. */
  hash: Bun.CryptoHasher | undefined;
  /** Set by an abort, for whoever may be at work on it. */
  isEnded = false;
  readonly #memory: UploadMemory;
  /** What follows the parts, or the whole where there are none. */
  #rest: PartBuffer | undefined;

  constructor(id: UploadId, { state, version, memory }: { state: UploadState; version: number; memory: UploadMemory }) {
    this.id = id;
    this.state = state;
    this.version = version;
    this.#memory = memory;
    this.hash = state.offset === 0 ? new Bun.CryptoHasher(state.algorithm) : undefined;
  }

  get keptBytes(): number {
    return this.#rest?.size ?? 0;
  }

  /** Keeps what S3 has already, for the next request, as long as there is memory for it. */
  keep(rest: PartBuffer): void {
    this.#rest = rest;
    this.#memory.keep(this);
  }

  /** What was kept; its memory is the caller's now. */
  takeKept(): PartBuffer | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    this.#memory.unkeep(this);
    return rest;
  }

  drop(): void {
    this.#rest?.release();
    this.#rest = undefined;
  }

  /** Forgets what it has in memory: bytes, and their hash. */
  forget(): void {
    const rest = this.takeKept();
    if (rest !== undefined) this.#memory.give(rest.size);
    rest?.release();
    this.hash = undefined;
  }
}

export function digestSoFar(hash: Bun.CryptoHasher | undefined, algorithm: DigestAlgorithm): Digest | undefined {
  return hash === undefined ? undefined : parseDigest(`${algorithm}:${hash.copy().digest('hex')}`);
}

/** The sessions this node worked on, the one used longest ago first. */
export class UploadSessions {
  readonly #byId = new Map<UploadId, UploadSession>();

  use(id: UploadId): UploadSession | undefined {
    const session = this.#byId.get(id);
    if (session !== undefined) this.remember(session);
    return session;
  }

  remember(session: UploadSession): void {
    this.#byId.delete(session.id);
    this.#byId.set(session.id, session);
    if (this.#byId.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#byId.keys()) return this.forget(oldest);
  }

  forget(id: UploadId): void {
    this.#byId.get(id)?.forget();
    this.#byId.delete(id);
  }
}
