import { lstat, opendir, readFile, realpath } from 'node:fs/promises';
import type { ForeignContent } from '../storage/blob-store.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import type { SourceTree } from './source-tree.ts';
import { MovingError } from './taking.ts';

/** A folder of this machine. Folders may be links, as people have them to other disks; files may not. */
export class FolderTree implements SourceTree {
  readonly name: string;

  constructor(folder: string) {
    this.name = folder;
  }

  async *folders(path: string): AsyncIterable<string> {
    try {
      for await (const entry of await opendir(this.#path(path))) {
        if (entry.isFile() || (entry.isSymbolicLink() && (await this.#isUpwards(path, entry.name)))) continue;
        yield entry.name;
      }
    } catch (error) {
      if (isAbsence(error)) return;
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      throw new MovingError(`${this.#path(path)} cannot be read: ${messageOf(error)}.`, { cause: error });
    }
  }

  async size(path: string): Promise<number | undefined> {
    try {
      const found = await lstat(this.#path(path));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw new ForeignFaultError(`its file cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const size = await this.size(path);
    if (size === undefined) return undefined;
    if (size > maxBytes) throw new ForeignFaultError(`it has ${size} bytes, and at most ${maxBytes} are taken`);
    try {
      return await readFile(this.#path(path));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw new ForeignFaultError(`its file cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }

  stream(path: string): ReadableStream<Uint8Array> {
    return Bun.file(this.#path(path)).stream();
  }

  content(path: string): ForeignContent {
    return { kind: 'file', path: this.#path(path) };
  }

  below(path: string): FolderTree {
    return new FolderTree(this.#path(path));
  }

  /** Whether a link leads to a folder that it is in itself: below it is no end. */
  async #isUpwards(path: string, name: string): Promise<boolean> {
    const target = await realpath(this.#path(`${path}/${name}`)).catch(() => undefined);
    return target !== undefined && `${await realpath(this.#path(path))}/`.startsWith(`${target}/`);
  }

  #path(path: string): string {
    return path === '' ? this.name : `${this.name}/${path}`;
  }
}

/** Nothing is there, or so much of links that nobody finds an end. */
function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
