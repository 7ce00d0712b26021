import { constants } from 'node:fs';
import { copyFile, open, opendir, rename, stat, truncate, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../oci/digest.ts';
import { DigestInvalidError, UploadOffsetError, UploadUnknownError } from '../../oci/errors.ts';
import { parseUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { AppendOptions, StorageKey, StoredContent, UploadStore } from '../blob-store.ts';
import { readChunk, type ChunkEnd } from '../read-chunk.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { syncFile, syncFolder, type DurableFolders } from './durable-folders.ts';
import { EarlyFlush } from './early-flush.ts';
import { keyFor, type Layout } from './layout.ts';
import { RunningHash, SMALL_BYTES } from './running-hash.ts';
import { asStorageFailure, failureCode } from './storage-failure.ts';
import type { DiskThreads } from './threads/disk-threads.ts';
import { UploadSessions, type UploadSession } from './upload-sessions.ts';
import { WriteBudget } from './write-budget.ts';

export interface UploadFilesOptions {
  readonly layout: Layout;
  readonly folders: DurableFolders;
  readonly threads: DiskThreads;
  readonly onCommit: (sizeBytes: number) => void;
}

/** Bytes on their way in: `uploads/` of the {@link Layout}. */
export class UploadFiles implements UploadStore {
  readonly #layout: Layout;
  readonly #folders: DurableFolders;
  readonly #threads: DiskThreads;
  readonly #onCommit: (sizeBytes: number) => void;
  readonly #sessions = new UploadSessions();
  readonly #budget = new WriteBudget();

  constructor({ layout, folders, threads, onCommit }: UploadFilesOptions) {
    this.#layout = layout;
    this.#folders = folders;
    this.#threads = threads;
    this.#onCommit = onCommit;
  }

  async create(id: UploadId, algorithm: DigestAlgorithm = 'sha256'): Promise<void> {
    const path = this.#layout.upload(id);
    try {
      await this.#folders.within('uploads', async () => await (await open(path, 'wx')).close());
    } catch (error) {
      throw asStorageFailure(error);
    }
    this.#sessions.remember(this.#newSession(id, algorithm, 0));
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
  async commit(id: UploadId, digest: Digest, key = keyFor(digest, id)): Promise<StoredContent> {
    const session = await this.#session(id);
    const actual = await session.hash
      .digest(algorithmOf(digest), session.offset)
      .catch((error) => this.#rethrow(id, error));
    if (actual !== digest) throw new DigestInvalidError('what was received has another digest', digest);
    await this.#settleFlush(session);

    const move = (): Promise<void> => rename(this.#layout.upload(id), this.#layout.blob(key));
    await this.#folders.within(this.#layout.folderOf(key), move).catch((error) => this.#rethrow(id, error));
    this.#sessions.forget(id);
    await this.#makeDurable(key, session.offset);
    this.#onCommit(session.offset);
    return { key, digest, size: session.offset };
  }

  async abort(id: UploadId): Promise<void> {
    const session = this.#sessions.use(id);
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
        const id = parseUploadId(entry.name.split('.')[0] ?? '');
        if (id !== undefined && (await this.#lastReceived(entry.name as UploadId)) <= before) yield id;
      }
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw asStorageFailure(error);
    }
  }

  /** How long the file is now, whatever is remembered of it, in bytes. Opened, because a network file system asks then. */
  async size(id: UploadId): Promise<number> {
    const handle = await open(this.#layout.upload(id), 'r').catch((error) => this.#rethrow(id, error));
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  /** Goes on with what is there, up to `offset`: others wrote it, and it is read again when its digest is asked for. */
  resume(id: UploadId, offset: number): void {
    this.#sessions.forget(id);
    this.#sessions.remember(this.#newSession(id, 'sha256', offset));
  }

  /** Puts the first `bytes` of an upload into another file, shared with the old one where the disk can. */
  async copy(id: UploadId, to: UploadId, bytes: number): Promise<void> {
    const path = this.#layout.upload(to);
    try {
      await copyFile(this.#layout.upload(id), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await truncate(path, bytes);
    } catch (error) {
      await this.#rethrow(id, error);
    }
  }

  /** The names of the files of an upload. */
  async namesOf(id: UploadId): Promise<readonly UploadId[]> {
    const names: string[] = [];
    try {
      for await (const { name } of await opendir(this.#layout.uploads)) names.push(name);
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw asStorageFailure(error);
    }
    return names.filter((name) => name === id || name.startsWith(`${id}.`)) as UploadId[];
  }

  async #session(id: UploadId): Promise<UploadSession> {
    const known = this.#sessions.use(id);
    if (known !== undefined) return known;
    const { size } = await stat(this.#layout.upload(id)).catch((error) => this.#rethrow(id, error));
    // Another request may have asked the same meanwhile: there must be one session only.
    const session = this.#sessions.use(id) ?? this.#newSession(id, 'sha256', size);
    this.#sessions.remember(session);
    return session;
  }

  #newSession(id: UploadId, algorithm: DigestAlgorithm, offset: number): UploadSession {
    const path = this.#layout.upload(id);
    const hash = new RunningHash(path, algorithm, this.#threads, offset);
    return { id, offset, hash, flush: new EarlyFlush(path, this.#threads), aborted: false };
  }

  async #receive(
    session: UploadSession,
    handle: FileHandle,
    chunk: ReadableStream<Uint8Array>,
    options: AppendOptions,
  ): Promise<ChunkEnd> {
    try {
      return await this.#write(session, handle, chunk, options);
    } catch (error) {
      await this.#rollBack(session, handle);
      throw asStorageFailure(error);
    }
  }

  async #write(
    session: UploadSession,
    handle: FileHandle,
    chunk: ReadableStream<Uint8Array>,
    options: AppendOptions,
  ): Promise<ChunkEnd> {
    const writer = new ChunkWriter(handle, session, this.#budget);
    try {
      const end = await readChunk(chunk, options, (piece) => writer.take(piece));
      session.offset = await writer.finish();
      if (session.offset > SMALL_BYTES) session.flush.begin();
      // It may have been crowded out while it was receiving.
      if (!session.aborted) this.#sessions.remember(session);
      return end;
    } finally {
      await writer.close();
    }
  }

  /** The running hash may have seen bytes that are gone. */
  async #rollBack(session: UploadSession, handle: FileHandle): Promise<void> {
    session.hash.drop();
    try {
      await handle.truncate(session.offset);
    } catch {
      // The file is longer than we want, and from now on it is what counts; the error that led here rises.
      this.#sessions.forget(session.id);
    }
  }

  /** After a failed flush nobody knows what is on the disk, and a second one would claim success: the upload is removed. */
  async #settleFlush(session: UploadSession): Promise<void> {
    try {
      await session.flush.settle();
    } catch (error) {
      await this.abort(session.id);
      throw asStorageFailure(error);
    }
  }

  /** Like {@link #settleFlush}, at last for all the bytes, and for their name. */
  async #makeDurable(key: StorageKey, sizeBytes: number): Promise<void> {
    const path = this.#layout.blob(key);
    try {
      const bytes = sizeBytes > SMALL_BYTES ? this.#threads.flush(path) : syncFile(path);
      await Promise.all([bytes, syncFolder(dirname(path))]);
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
    if (failureCode(error) !== 'ENOENT') throw asStorageFailure(error);
    await stat(this.#layout.folder).catch((reason) => Promise.reject(asStorageFailure(reason)));
    this.#sessions.forget(id);
    throw new UploadUnknownError(id);
  }
}
