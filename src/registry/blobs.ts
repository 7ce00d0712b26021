import { deleteLink, findLinkedBlob, listHolders, saveLink } from '../metadata/links.ts';
import type { BlobRow } from '../metadata/blobs.ts';
import type { Database } from '../metadata/database.ts';
import { findNamingManifest } from '../metadata/manifest-edges.ts';
import { ensureRepository, findRepositoryId } from '../metadata/repositories.ts';
import type { ByteRange } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { BlobUnknownError, UnsupportedError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { BlobBody, BlobStore, StorageKey } from '../storage/blob-store.ts';
import type { SeenContent } from './seen-content.ts';

/** A blob that its repository may serve. */
export interface LinkedBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** @throws {ContentMissingError} storage lost what metadata promised. */
  read(range?: ByteRange): BlobBody | Promise<BlobBody>;
}

/** Enough to find one that the caller may pull from, without reading every repository of a popular base image. */
const HOLDERS_CONSIDERED = 100;

/** What a repository's blobs may be asked: seen, read, mounted, deleted. */
export class Blobs {
  readonly #db: Database;
  readonly #store: BlobStore;
  readonly #seen: SeenContent;
  readonly #now: () => Date;

  constructor(parts: { db: Database; store: BlobStore; seen: SeenContent; now: () => Date }) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#seen = parts.seen;
    this.#now = parts.now;
  }

  /** @throws {BlobUnknownError} not linked here, whoever else has it. */
  async get(repository: RepositoryName, digest: Digest): Promise<LinkedBlob> {
    const row = await findLinkedBlob(this.#db, repository, digest);
    if (row === undefined) throw new BlobUnknownError(digest);
    return this.#linked(row);
  }

  /**
   * As {@link get}, for a client that only asks whether the blob is here: it is about to name it in a manifest, so
   * garbage collection leaves it alone for the grace time. What storage lost is not here: the client uploads it, and
   * every repository has it again.
   */
  async see(repository: RepositoryName, digest: Digest): Promise<LinkedBlob> {
    const row = await this.#seen.find({ repository, digest }, () => findLinkedBlob(this.#db, repository, digest));
    if (row === undefined || !(await this.#isKept(row))) throw new BlobUnknownError(digest);
    return this.#linked(row);
  }

  /**
   * Lets `repository` serve a blob that another one holds, without sending it again.
   *
   * @param mayPull whether the caller may pull from a repository: what one may not read, one may not mount.
   * @param from where it is; without it, wherever the caller may pull it from.
   * @returns `false` when no such repository holds it: the caller opens an upload session instead.
   */
  async mount(
    repository: RepositoryName,
    digest: Digest,
    mayPull: (repository: RepositoryName) => boolean,
    from?: RepositoryName,
  ): Promise<boolean> {
    const sources = from === undefined ? await listHolders(this.#db, digest, HOLDERS_CONSIDERED) : [from];
    const source = sources.find(mayPull);
    if (source === undefined) return false;
    const row = await findLinkedBlob(this.#db, source, digest);
    if (row === undefined || !(await this.#isKept(row))) return false;
    return this.#db.transaction(async (tx) => {
      if ((await findLinkedBlob(tx, source, digest)) === undefined) return false;
      const repositoryId = await ensureRepository(tx, repository, this.#now());
      await saveLink(tx, { repositoryId, digest }, this.#now());
      return true;
    });
  }

  /**
   * The repository no longer serves the blob. Other repositories keep it.
   *
   * @throws {BlobUnknownError} not linked here.
   * @throws {UnsupportedError} a manifest of this repository needs it.
   */
  async delete(repository: RepositoryName, digest: Digest): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const repositoryId = await findRepositoryId(tx, repository);
      if (repositoryId === undefined) throw new BlobUnknownError(digest);
      const manifest = await findNamingManifest(tx, repositoryId, digest);
      if (manifest !== undefined) {
        throw new UnsupportedError(`the blob is part of manifest ${manifest}: delete that manifest first`);
      }
      if (!(await deleteLink(tx, { repositoryId, digest }))) throw new BlobUnknownError(digest);
    });
  }

  #linked({ digest, size, storageKey }: BlobRow): LinkedBlob {
    const key = storageKey as StorageKey; // The store alone made this key, and the row only kept it.
    return { digest, size, read: (range) => this.#store.read(key, size, range) };
  }

  /** Does storage still have what metadata promises? */
  async #isKept({ storageKey }: BlobRow): Promise<boolean> {
    return (await this.#store.size(storageKey as StorageKey)) !== undefined;
  }
}
