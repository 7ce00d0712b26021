import { deleteLink, findLinkedBlob, listHolders, renewLink, saveLink, type LinkedBlobRow } from '../metadata/links.ts';
import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { BlobRow } from '../metadata/blobs.ts';
import type { Database } from '../metadata/database.ts';
import { blobLock, repositoryLock } from '../metadata/locks.ts';
import { findNamingManifest } from '../metadata/manifest-edges.ts';
import { ensureRepository, findRepositoryId } from '../metadata/repositories.ts';
import type { ByteRange } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { BlobUnknownError, StorageFullError, StorageUnavailableError, UnsupportedError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { additionOfBlob } from './quota-additions.ts';
import { checkQuotas } from './quotas.ts';
import type { BlobBody, BlobStore, StorageKey, Store } from '../storage/blob-store.ts';

/** A blob that its repository may serve. */
export interface LinkedBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** @throws {ContentMissingError} storage lost what metadata promised. */
  read(range?: ByteRange): BlobBody | Promise<BlobBody>;
  /** Where the client gets it without us, for so many seconds; absent where it cannot. */
  readonly temporaryUrl?: (options: { seconds: number; contentType: string }) => string | Promise<string>;
}

/** Enough to find one that the caller may pull from, without reading every repository of a popular base image. */
const HOLDERS_CONSIDERED = 100;

/** However short the grace time is, a link is not renewed more often: no faster than one write in so many seconds. */
const SHORTEST_RENEWAL_SECONDS = 1;

export interface BlobsParts {
  readonly db: Database;
  readonly store: BlobStore & Pick<Store, 'directReads'>;
  /** For how long garbage collection leaves alone what a client was told is here. */
  readonly graceSeconds: number;
  readonly now: () => Date;
}

/** How a blob is let in from another repository. */
export interface Mount {
  /** Whether the caller may pull from a repository: what one may not read, one may not mount. */
  readonly mayPull: (repository: RepositoryName) => boolean;
  /** Where it is. Default: wherever the caller may pull it from. */
  readonly from?: RepositoryName | undefined;
  readonly actor: Actor;
}

/** What a repository's blobs may be asked: seen, read, mounted, deleted. */
export class Blobs {
  readonly #db: Database;
  readonly #store: BlobsParts['store'];
  readonly #now: () => Date;
  readonly #renewalMilliseconds: number;

  constructor(parts: BlobsParts) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#now = parts.now;
    this.#renewalMilliseconds = Math.max(SHORTEST_RENEWAL_SECONDS, parts.graceSeconds / 2) * 1000;
  }

  /** @throws {BlobUnknownError} not linked here, whoever else has it. */
  async get(repository: RepositoryName, digest: Digest): Promise<LinkedBlob> {
    const row = await findLinkedBlob(this.#db, repository, digest);
    if (row === undefined) throw new BlobUnknownError(digest);
    return this.#linked(row);
  }

  /**
   * As {@link get}, for a client that only asks whether the blob is here: it is about to name it in a manifest, so
   * garbage collection leaves it alone for half the grace time at least. What storage lost is not here: the client uploads
   * it, and every repository has it again.
   */
  async see(repository: RepositoryName, digest: Digest): Promise<LinkedBlob> {
    const row = await findLinkedBlob(this.#db, repository, digest);
    if (row === undefined || !(await this.#isKept(row))) throw new BlobUnknownError(digest);
    if (!(await this.#keepAway(repository, row))) throw new BlobUnknownError(digest);
    return this.#linked(row);
  }

  /**
   * Lets `repository` serve a blob that another one holds, without sending it again.
   *
   * @returns `false` when no such repository holds it: the caller opens an upload session instead.
   */
  async mount(repository: RepositoryName, digest: Digest, { mayPull, from, actor }: Mount): Promise<boolean> {
    const sources = from === undefined ? await listHolders(this.#db, digest, HOLDERS_CONSIDERED) : [from];
    const source = sources.find(mayPull);
    if (source === undefined) return false;
    const row = await findLinkedBlob(this.#db, source, digest);
    if (row === undefined || !(await this.#isKept(row))) return false;
    return this.#db.transaction(async (tx) => {
      await tx.lock('shared', [blobLock(digest)]);
      await tx.lock('shared', [repositoryLock(repository)]);
      if ((await findLinkedBlob(tx, source, digest)) === undefined) return false;
      const repositoryId = await ensureRepository(tx, repository, this.#now());
      const by = { actor, now: this.#now() };
      await checkQuotas(tx, repositoryId, () => additionOfBlob(tx, repositoryId, row), by);
      await saveLink(tx, { repositoryId, digest }, this.#now());
      const entry = { action: 'blob.mounted', repository, digest, details: { from: source } };
      await appendAudit(tx, actor, entry, this.#now());
      return true;
    });
  }

  /**
   * The repository no longer serves the blob. Other repositories keep it.
   *
   * @throws {BlobUnknownError} not linked here.
   * @throws {UnsupportedError} a manifest of this repository needs it.
   */
  async delete(repository: RepositoryName, digest: Digest, actor: Actor): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx.lock('exclusive', [repositoryLock(repository)]);
      const repositoryId = await findRepositoryId(tx, repository);
      if (repositoryId === undefined) throw new BlobUnknownError(digest);
      const manifest = await findNamingManifest(tx, repositoryId, digest);
      if (manifest !== undefined) {
        throw new UnsupportedError(`the blob is part of manifest ${manifest}: delete that manifest first`);
      }
      if (!(await deleteLink(tx, { repositoryId, digest }))) throw new BlobUnknownError(digest);
      await appendAudit(tx, actor, { action: 'blob.deleted', repository, digest }, this.#now());
    });
  }

  /**
   * Renews the time of a link that is no longer young, by which garbage collection judges it: that is one write for each
   * link in half a grace time. What was deleted meanwhile is not renewed.
   *
   * @returns whether the link is still there.
   */
  async #keepAway(repository: RepositoryName, { digest, linkedAt }: LinkedBlobRow): Promise<boolean> {
    const now = this.#now();
    if (now.getTime() - linkedAt < this.#renewalMilliseconds) return true;
    try {
      return await this.#db.transaction((tx) => renewLink(tx, repository, digest, now), { durable: false });
    } catch (error) {
      // A database that takes no write loses no link either. Of one that others reach, and we do not, nobody can say so.
      const isUnwritable = error instanceof StorageUnavailableError && !this.#db.isShared;
      if (error instanceof StorageFullError || isUnwritable) return true;
      throw error;
    }
  }

  #linked({ digest, size, storageKey }: BlobRow): LinkedBlob {
    const key = storageKey as StorageKey; // The store alone made this key, and the row only kept it.
    const { directReads } = this.#store;
    return {
      digest,
      size,
      read: (range) => this.#store.read(key, size, range),
      ...(directReads !== undefined && { temporaryUrl: (options) => directReads.temporaryUrl(key, options) }),
    };
  }

  /** Does storage still have what metadata promises? */
  async #isKept({ storageKey }: BlobRow): Promise<boolean> {
    return (await this.#store.size(storageKey as StorageKey)) !== undefined;
  }
}
