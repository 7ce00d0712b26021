import { constants } from 'node:fs';
import { mkdir, open, opendir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from './backup-error.ts';
import type { BackupPlace } from './backup-place.ts';

/** What is being written lies here until it is whole. */
const PARTIAL = '.partial';

/** Nobody but who makes it may read a backup: it holds hashes of passwords, and keys. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What is gathered before it is written, in bytes. */
const WRITE_BYTES = 1024 * 1024;

/** Backups in a folder. */
export class FolderPlace implements BackupPlace {
  readonly name: string;
  readonly scratch: string;
  readonly #root: string;
  readonly #made = new Set<string>();
  /** Folders whose names were changed since they were flushed. */
  readonly #dirty = new Set<string>();

  /** @param root absolute; made with the first file. */
  constructor(root: string) {
    this.name = root;
    this.scratch = join(root, PARTIAL);
    this.#root = root;
  }

  async size(path: string): Promise<number | undefined> {
    try {
      return (await stat(join(this.#root, path))).size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#failure(error);
    }
  }

  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    if ((await this.size(path)) === undefined) {
      throw new BackupError('BACKUP_DAMAGED', `${path} is missing in ${this.name}.`);
    }
    return Bun.file(join(this.#root, path)).stream();
  }

  async write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const partial = join(this.#root, PARTIAL, crypto.randomUUID());
    const target = join(this.#root, path);
    await this.#make(dirname(partial));
    await this.#make(dirname(target));
    try {
      await this.#fill(partial, content);
      await rename(partial, target).catch((error: unknown) => Promise.reject(this.#failure(error)));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    this.#dirty.add(dirname(target));
  }

  async *list(folder: string): AsyncIterable<{ readonly path: string; readonly size: number }> {
    const names: string[] = [];
    try {
      for await (const entry of await opendir(join(this.#root, folder))) {
        if (entry.isDirectory()) yield* this.list(`${folder}/${entry.name}`);
        else names.push(entry.name);
      }
    } catch (error) {
      if (!isAbsent(error)) throw this.#failure(error);
    }
    for (const name of names) {
      const size = await this.size(`${folder}/${name}`);
      if (size !== undefined) yield { path: `${folder}/${name}`, size };
    }
  }

  async delete(path: string): Promise<void> {
    const file = join(this.#root, path);
    await rm(file, { force: true }).catch((error: unknown) => Promise.reject(this.#failure(error)));
    // The folder of a snapshot goes with the last of its files; while there are others, it cannot.
    if (path.startsWith('snapshots/')) await rmdir(dirname(file)).catch(() => undefined);
  }

  async settle(): Promise<void> {
    for (const folder of this.#dirty) {
      this.#dirty.delete(folder);
      await flush(folder).catch((error: unknown) => Promise.reject(this.#failure(error)));
    }
  }

  async tidy(): Promise<void> {
    await rm(join(this.#root, PARTIAL), { recursive: true, force: true });
    this.#made.delete(join(this.#root, PARTIAL));
  }

  /** Flushed before it gets its name: what lies under a name is whole. */
  async #fill(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const handle = await this.#ours(open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, FILE_MODE));
    try {
      let gathered: Uint8Array[] = [];
      let bytes = 0;
      const write = async (): Promise<void> => {
        const [pieces, wanted] = [gathered, bytes];
        gathered = [];
        bytes = 0;
        if (wanted === 0) return;
        const { bytesWritten } = await this.#ours(handle.writev(pieces));
        // A disk that is almost full takes a part, and says nothing.
        if (bytesWritten !== wanted) throw this.#failure({ code: 'ENOSPC' });
      };
      for await (const piece of content) {
        if (piece.byteLength === 0) continue;
        gathered.push(piece);
        bytes += piece.byteLength;
        if (bytes >= WRITE_BYTES) await write();
      }
      await write();
      await this.#ours(handle.datasync());
    } finally {
      await handle.close();
    }
  }

  /** What fails here is the disk of the backup; what `content` throws is somebody else's. */
  async #ours<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #make(folder: string): Promise<void> {
    if (this.#made.has(folder)) return;
    const first = await this.#ours(mkdir(folder, { recursive: true, mode: FOLDER_MODE }));
    for (let made = folder; first !== undefined && made.startsWith(first); made = dirname(made)) {
      this.#dirty.add(dirname(made));
    }
    this.#made.add(folder);
  }

  #failure(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new BackupError(
        'BACKUP_FULL',
        `No space is left in ${this.name}. What was copied stays, and the next run goes on from there: make room, or keep fewer snapshots with --keep.`,
        { cause: error },
      );
    }
    if (typeof code !== 'string') return error;
    return new BackupError('BACKUP_UNREACHABLE', `${this.name} cannot be used: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}
