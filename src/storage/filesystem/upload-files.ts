import { open, opendir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../oci/digest.ts';
import { DigestInvalidError, UploadOffsetError, UploadUnknownError } from '../../oci/errors.ts';
import { parseUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { AppendOptions, StorageKey, StoredContent, UploadStore } from '../blob-store.ts';
import { readChunk, type ChunkEnd } from '../read-chunk.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { syncFolder, type DurableFolders } from './durable-folders.ts';
import { hashFile } from './hash-file.ts';
import { keyFor, type Layout } from './layout.ts';
import { asStorageFailure, failureCode } from './storage-failure.ts';
import { foundSession, newSession, UploadSessions, type UploadSession } from './upload-sessions.ts';

/** Bytes on their way in: `uploads/` of the {@link Layout}. */
export class UploadFiles implements UploadStore {
  readonly #layout: Layout;
  readonly #folders: DurableFolders;
  readonly #onCommit: (sizeBytes: number) => void;
  readonly #sessions = new UploadSessions();

  constructor(layout: Layout, folders: DurableFolders, onCommit: (sizeBytes: number) => void) {
    this.#layout = layout;
    this.#folders = folders;
    this.#onCommit = onCommit;
  }

  async create(id: UploadId, algorithm: DigestAlgorithm = 'sha256'): Promise<void> {
    const path = this.#layout.upload(id);
    try {
      await this.#folders.within('uploads', async () => await (await open(path, 'wx')).close());
    } catch (error) {
      throw asStorageFailure(error);
    }
    this.#sessions.remember(newSession(id, algorithm));
  }

  async offset(id: UploadId): Promise<number> {
    return (await this.#session(id)).offset;
  }

  async append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number> {
    const session = await this.#session(id);
    if (options.at !== session.offset) throw new UploadOffsetError(session.offset);
    const handle = await open(this.#layout.upload(id), 'r+').catch((error) => this.#rethrow(id, error));
    try {
      const end = await this.#receive(session, handle, chunk, options);
      if (session.aborted) throw new UploadUnknownError(id);
      if (!end.complete) throw end.reason;
      return session.offset;
    } finally {
      await handle.close();
    }
  }

  /**
   * Renames first and flushes then: one commit of the file system's journal makes bytes and name durable. Nothing names
   * the copy before this returns, so nobody sees it too early.
   */
  async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const session = await this.#session(id);
    const algorithm = algorithmOf(digest);
    const hasher = await this.#hasherFor(session, algorithm);
    if (`${algorithm}:${hasher.copy().digest('hex')}` !== digest) {
      throw new DigestInvalidError('what was received has another digest', digest);
    }
    const key = keyFor(digest, id);
    const move = (): Promise<void> => rename(this.#layout.upload(id), this.#layout.blob(key));
    await this.#folders.within(this.#layout.folderOf(key), move).catch((error) => this.#rethrow(id, error));
    this.#sessions.forget(id);
    await this.#makeDurable(key);
    this.#onCommit(session.offset);
    return { key, digest, size: session.offset };
  }

  async abort(id: UploadId): Promise<void> {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.aborted = true;
    this.#sessions.forget(id);
    try {
      await unlink(this.#layout.upload(id));
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw asStorageFailure(error);
    }
  }

  async *listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    const before = Date.now() - idleSeconds * 1000;
    try {
      for await (const entry of await opendir(this.#layout.uploads)) {
        const id = parseUploadId(entry.name);
        if (id !== undefined && (await this.#lastReceived(id)) <= before) yield id;
      }
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw asStorageFailure(error);
    }
  }

  async #session(id: UploadId): Promise<UploadSession> {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const { size } = await stat(this.#layout.upload(id)).catch((error) => this.#rethrow(id, error));
    // Another request may have asked the same meanwhile: there must be one session only.
    const session = this.#sessions.get(id) ?? foundSession(id, size);
    this.#sessions.remember(session);
    return session;
  }

  async #receive(
    session: UploadSession,
    handle: FileHandle,
    chunk: ReadableStream<Uint8Array>,
    options: AppendOptions,
  ): Promise<ChunkEnd> {
    const writer = new ChunkWriter(handle, session.offset, session.hasher);
    try {
      const end = await readChunk(chunk, options, (piece) => writer.write(piece));
      await writer.settle();
      session.offset = writer.position;
      if (!session.aborted) this.#sessions.remember(session);
      return end;
    } catch (error) {
      await writer.settle().catch(() => {});
      await this.#rollBack(session, handle);
      throw asStorageFailure(error);
    }
  }

  /** The running hash has seen bytes that are gone: commit will read back what is left. */
  async #rollBack(session: UploadSession, handle: FileHandle): Promise<void> {
    session.hasher = undefined;
    try {
      await handle.truncate(session.offset);
    } catch {
      // The file is longer than we want, and from now on it is what counts; the error that led here rises.
      this.#sessions.forget(session.id);
    }
  }

  async #hasherFor(session: UploadSession, algorithm: DigestAlgorithm): Promise<Bun.CryptoHasher> {
    if (session.hasher !== undefined && session.algorithm === algorithm) return session.hasher;
    try {
      return await hashFile(this.#layout.upload(session.id), session.offset, algorithm);
    } catch (error) {
      return this.#rethrow(session.id, error);
    }
  }

  /** After a failed flush nobody knows what is on the disk, and a second one would claim success: the copy is removed. */
  async #makeDurable(key: StorageKey): Promise<void> {
    const path = this.#layout.blob(key);
    try {
      const handle = await open(path, 'r');
      try {
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await syncFolder(dirname(path));
    } catch (error) {
      // What stays when this fails too is listed for garbage collection, which finds no row that names it.
      await unlink(path).catch(() => {});
      throw asStorageFailure(error);
    }
  }

  /** Milliseconds since the epoch; a file that just went away is not idle. */
  async #lastReceived(id: UploadId): Promise<number> {
    const stats = await stat(this.#layout.upload(id)).catch(() => undefined);
    return stats?.mtimeMs ?? Infinity;
  }

  /** A missing file is an upload we do not have, unless the whole folder went away. */
  async #rethrow(id: UploadId, error: unknown): Promise<never> {
    const isThere =
      failureCode(error) === 'ENOENT' &&
      (await stat(this.#layout.folder).then(
        () => true,
        () => false,
      ));
    if (!isThere) throw asStorageFailure(error);
    this.#sessions.forget(id);
    throw new UploadUnknownError(id);
  }
}
