import { systemActor } from '../metadata/actor.ts';
import { findBlob, saveBlob } from '../metadata/blobs.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { saveLink } from '../metadata/links.ts';
import { blobLock, repositoryLock, uploadsLock } from '../metadata/locks.ts';
import { ensureRepository } from '../metadata/repositories.ts';
import {
  countUploadsOf,
  deleteIdleUpload,
  deleteUpload,
  findUpload,
  insertUpload,
  touchUpload,
} from '../metadata/uploads.ts';
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts';
import { QuotaExceededError, RateLimitedError, UploadOffsetError, UploadUnknownError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { newUploadId, type UploadId } from '../oci/upload-id.ts';
import type { BlobStore, StorageKey, StoredContent, UploadStore } from '../storage/blob-store.ts';
import { stillWorking } from '../storage/still-working.ts';
import { UploadTakenOverError } from '../storage/upload-notes.ts';
import { EarlyQuotas } from './early-quotas.ts';
import { additionOfBlob } from './quota-additions.ts';
import { checkQuotas } from './quotas.ts';
import { TurnLostError, UploadTurns } from './upload-turns.ts';

export interface UploadLimits {
  /** The largest blob, in bytes. 0: no limit. */
  readonly uploadBytes: number;
  /** Sessions that one principal may have open. 0: no limit. */
  readonly uploadsPerPrincipal: number;
}

/** Whose session it is: another principal, or another repository, does not learn that it exists. */
export interface SessionOwner {
  readonly repository: RepositoryName;
  readonly principalId: string;
}

/** Bytes of a request. */
export interface Chunk {
  readonly body: ReadableStream<Uint8Array>;
  /** Where the client says it starts, in bytes; absent: at the current offset. */
  readonly at?: number;
  /** How many bytes the client announced. */
  readonly exactBytes?: number;
  readonly signal: AbortSignal;
  /** Called at each piece that arrives, with its size in bytes. */
  readonly onProgress?: (pieceBytes: number) => void;
}

/** How a session ends. */
export interface Finish {
  readonly digest: Digest;
  readonly last: Chunk | undefined;
  readonly signal: AbortSignal;
}

/** What a chunk is appended for. */
interface Appending {
  readonly signal: AbortSignal;
  readonly repository: RepositoryName;
  /** Of the whole, where the client said it. */
  readonly digest?: Digest;
}

/** Where committed bytes belong. */
interface CommitTarget {
  readonly repository: RepositoryName;
  /** Ends with the commit. */
  readonly session?: UploadId;
}

/** What a client is told to wait when it has too many sessions open: some are likely to end within that time. */
const TOO_MANY_RETRY_SECONDS = 30;

/** Whose the session of a blob is that comes in one request: nobody can ask for it. */
const NOBODY = '';

export interface UploadsParts {
  readonly db: Database;
  readonly store: BlobStore & UploadStore;
  readonly limits: UploadLimits;
  readonly now: () => Date;
  /**
   * Whether the store keeps notes of uploads beside their sessions, for other nodes: then each upload has a session, and
   * its last note says whether somebody works on it. Default `false`.
   */
  readonly keepsNotes?: boolean;
  /** How often a session says that a request is at work on it, for the other nodes. Default 20. */
  readonly atWorkSeconds?: number;
}

const AT_WORK_SECONDS = 20;

/** Upload sessions: opened, filled, and turned into a blob of one repository. */
export class Uploads {
  readonly #db: Database;
  readonly #store: BlobStore & UploadStore;
  readonly #limits: UploadLimits;
  readonly #now: () => Date;
  readonly #turns = new UploadTurns();
  readonly #early: EarlyQuotas;
  /** In the order in which they began. */
  readonly #commits = new Set<{ readonly startedAt: Date }>();

  readonly #atWorkSeconds: number;

  /** See {@link UploadsParts}. */
  readonly keepsNotes: boolean;

  constructor(parts: UploadsParts) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#limits = parts.limits;
    this.#now = parts.now;
    this.#early = new EarlyQuotas(parts.db, parts.now);
    this.keepsNotes = parts.keepsNotes ?? false;
    this.#atWorkSeconds = parts.atWorkSeconds ?? AT_WORK_SECONDS;
  }

  /**
   * @param algorithm that the client announced for the digest; only a hint.
   * @throws {RateLimitedError} the principal has too many sessions open.
   * @throws {QuotaExceededError} nothing more fits into the repository.
   */
  async open(owner: SessionOwner, algorithm?: DigestAlgorithm): Promise<UploadId> {
    await this.#early.check(owner.repository, 1);
    const id = newUploadId();
    // Losing a session to a power cut costs the client a retry: not worth a disk flush.
    await this.#db.transaction((tx) => this.#insert(tx, id, owner), { durable: false });
    try {
      await this.#store.create(id, algorithm);
    } catch (error) {
      await this.#forget(id).catch(() => undefined); // the error that led here is the one to tell
      throw error;
    }
    return id;
  }

  /** Counts where nobody else can count at the same time: requests that come together do not pass together. */
  async #insert(tx: Transaction, id: UploadId, owner: SessionOwner): Promise<void> {
    const most = this.#limits.uploadsPerPrincipal;
    if (most > 0) await tx.lock('exclusive', [uploadsLock(owner.principalId)]);
    if (most > 0 && (await countUploadsOf(tx, owner.principalId)) >= most) {
      throw new RateLimitedError(TOO_MANY_RETRY_SECONDS, `more than ${most} uploads are open; finish or cancel some`);
    }
    await insertUpload(tx, { id, ...owner }, this.#now());
  }

  /** @returns bytes received so far. @throws {UploadUnknownError} */
  async offset(id: UploadId, owner: SessionOwner): Promise<number> {
    await this.#check(id, owner);
    return this.#store.offset(id);
  }

  /**
   * @returns the new offset, in bytes.
   * @throws whatever {@link UploadStore.append} throws; {@link UploadOffsetError} also when another request took over.
   */
  async append(id: UploadId, owner: SessionOwner, chunk: Chunk): Promise<number> {
    await this.#check(id, owner);
    return this.#turns.take(id, chunk.signal, (signal) =>
      this.#atWork(id, () => this.#append(id, chunk, { signal, repository: owner.repository })),
    );
  }

  /**
   * Appends the last chunk, if there is one, and makes the whole a blob of the repository.
   *
   * @throws {DigestInvalidError} the content is something else; the session stays.
   * @throws {QuotaExceededError} it does not fit into the repository; the session is over.
   */
  async finish(id: UploadId, owner: SessionOwner, { digest, last, signal }: Finish): Promise<void> {
    await this.#check(id, owner);
    const work = async (turn: AbortSignal): Promise<void> => {
      const { repository } = owner;
      if (last !== undefined) await this.#append(id, last, { signal: turn, repository, digest });
      const target = { repository, session: id };
      await this.#whileOurs(id, () => stillWorking(last?.onProgress, () => this.#commit(id, digest, target)));
    };
    await this.#turns.take(id, signal, (turn) => this.#atWork(id, () => work(turn)));
  }

  /** A whole blob in one request: no session is ever seen. */
  async push(repository: RepositoryName, digest: Digest, chunk: Chunk): Promise<void> {
    const id = newUploadId();
    if (this.keepsNotes) await this.#insertHidden(id, repository);
    try {
      await this.#store.create(id, algorithmOf(digest));
      await this.#atWork(id, async () => {
        await this.#append(id, chunk, { signal: chunk.signal, repository, digest });
        const target = { repository, ...(this.keepsNotes && { session: id }) };
        await stillWorking(chunk.onProgress, () => this.#commit(id, digest, target));
      });
    } catch (error) {
      await this.#forget(id);
      throw error;
    }
  }

  async cancel(id: UploadId, owner: SessionOwner, signal: AbortSignal): Promise<void> {
    await this.#check(id, owner);
    await this.#turns.take(id, signal, () => this.#forget(id));
  }

  /** Ends a session that its client abandoned before `idleSince`, unless a request is at work on it, on any node. */
  async expire(id: UploadId, idleSince: Date): Promise<boolean> {
    if (this.#turns.isTaken(id)) return false;
    if (!this.keepsNotes) {
      await this.#forget(id);
      return true;
    }
    const row = await findUpload(this.#db, id);
    const isOver = await this.#db.transaction(
      async (tx) => (await deleteIdleUpload(tx, id, idleSince)) || (await findUpload(tx, id)) === undefined,
    );
    if (isOver) await this.#store.abort(id, row?.note);
    return isOver;
  }

  async #check(id: UploadId, owner: SessionOwner): Promise<void> {
    const row = await findUpload(this.#db, id);
    if (row?.repository !== owner.repository || row.principalId !== owner.principalId) throw new UploadUnknownError(id);
  }

  /** However slow a client is, and however rarely the store notes something, no node takes the session for idle. */
  async #atWork<Result>(id: UploadId, work: () => Promise<Result>): Promise<Result> {
    if (!this.keepsNotes) return work();
    const touch = (): Promise<void> =>
      this.#db.transaction((tx) => touchUpload(tx, id, this.#now()), { durable: false });
    // One that fails is made up for by the next.
    const timer = setInterval(() => void touch().catch(() => undefined), this.#atWorkSeconds * 1000);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  async #append(id: UploadId, chunk: Chunk, { signal, repository, digest }: Appending): Promise<number> {
    const at = chunk.at ?? (await this.#store.offset(id));
    if (chunk.exactBytes !== undefined) await this.#early.check(repository, at + chunk.exactBytes, digest);
    return this.#whileOurs(id, () =>
      this.#store.append(id, chunk.body, {
        at,
        signal,
        onProgress: chunk.onProgress,
        ...(chunk.exactBytes !== undefined && { exactBytes: chunk.exactBytes }),
        ...(this.#limits.uploadBytes > 0 && { maxBytes: this.#limits.uploadBytes }),
      }),
    );
  }

  /**
   * When another request took over, here or on another node, the client may still be there, and must not think that its
   * bytes were taken, nor that we failed.
   */
  async #whileOurs<Result>(id: UploadId, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const isLost = error instanceof TurnLostError || error instanceof UploadTakenOverError;
      throw isLost ? new UploadOffsetError(await this.#store.offset(id)) : error;
    }
  }

  /** How long the slowest of the commits under way has taken so far: its bytes lie in the store, and no row names them. */
  get longestCommitSeconds(): number {
    const [oldest] = this.#commits;
    return oldest === undefined ? 0 : (this.#now().getTime() - oldest.startedAt.getTime()) / 1000;
  }

  async #commit(id: UploadId, digest: Digest, target: CommitTarget): Promise<void> {
    const commit = { startedAt: this.#now() };
    this.#commits.add(commit);
    try {
      const stored = await this.#store.commit(id, digest);
      await this.#record(stored, target).catch((error: unknown) => this.#refuse(error, stored, target));
    } finally {
      this.#commits.delete(commit);
    }
  }

  /** What is over a quota was certainly not recorded: its bytes need not wait for the sweep. */
  async #refuse(error: unknown, { key }: StoredContent, { session }: CommitTarget): Promise<never> {
    if (!(error instanceof QuotaExceededError)) throw error;
    await this.#store.delete(key).catch(() => undefined);
    if (session !== undefined) await this.#forget(session).catch(() => undefined);
    throw error;
  }

  /** Not counted for anybody: it ends with its request. */
  async #insertHidden(id: UploadId, repository: RepositoryName): Promise<void> {
    const row = { id, repository, principalId: NOBODY };
    await this.#db.transaction((tx) => insertUpload(tx, row, this.#now()), { durable: false });
  }

  /** The session first: no node can begin anything with it then, nor name what another one is committing. */
  async #forget(id: UploadId): Promise<void> {
    const row = this.keepsNotes ? await findUpload(this.#db, id) : undefined;
    await this.#db.transaction((tx) => deleteUpload(tx, id), { durable: false });
    await this.#store.abort(id, row?.note);
  }

  /**
   * The bytes are durable: now name them. Of two copies the older one stays, unless its bytes were lost. When this
   * fails, the copy is left to the sweep of unnamed bytes: after a failed commit nobody can be sure that it failed.
   */
  async #record(stored: StoredContent, { repository, session }: CommitTarget): Promise<void> {
    const lostKey = await this.#lostKey(stored.digest);
    const isRedundant = await this.#db.transaction(async (tx) => {
      await tx.lock('exclusive', [blobLock(stored.digest)]);
      await tx.lock('shared', [repositoryLock(repository)]);
      const now = this.#now();
      const existing = await findBlob(tx, stored.digest);
      const isKept = existing !== undefined && existing.storageKey !== lostKey;
      if (!isKept) {
        await saveBlob(tx, { digest: stored.digest, size: stored.size, storageKey: stored.key }, now);
        if (existing !== undefined) await saveForgottenBlob(tx, existing, now);
      }
      const repositoryId = await ensureRepository(tx, repository, now);
      const by = { actor: systemActor('client'), now };
      await checkQuotas(tx, repositoryId, () => additionOfBlob(tx, repositoryId, stored), by);
      await saveLink(tx, { repositoryId, digest: stored.digest }, now);
      // One that was ended meanwhile, here or elsewhere, has no blob: its bytes may be gone in a moment.
      if (session !== undefined && !(await deleteUpload(tx, session))) throw new UploadUnknownError(session);
      return isKept;
    });
    // The blob is recorded: a copy that cannot be deleted now is for the sweep, and no failure of the push.
    if (isRedundant) await this.#store.delete(stored.key).catch(() => undefined);
  }

  /** The key of a copy whose bytes are gone: pushing the content again heals every repository that has it. */
  async #lostKey(digest: Digest): Promise<StorageKey | undefined> {
    const row = await findBlob(this.#db, digest);
    if (row === undefined) return undefined;
    const key = row.storageKey as StorageKey; // The store alone made this key, and the row only kept it.
    return (await this.#store.size(key)) === undefined ? key : undefined;
  }
}
