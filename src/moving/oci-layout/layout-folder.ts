import { mkdir, open, readdir, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, parseDigest, type Digest } from '../../oci/digest.ts';
import { MovingError } from '../taking.ts';
import {
  INDEX_FILE,
  layoutBlobPath,
  layoutIndexText,
  LAYOUT_FILE,
  LAYOUT_TEXT,
  parseLayoutIndex,
} from './layout-files.ts';

/**
 * An OCI layout that is being written, new or not. Content comes first and `index.json` last, each under its name only
 * when it is whole: whoever reads the folder meanwhile, or after a crash, finds what it promised before.
 */
export class LayoutFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {MovingError} the folder holds something else, or cannot be written to. */
  static async open(folder: string): Promise<LayoutFolder> {
    await written(folder, mkdir(folder, { recursive: true }));
    const layout = new LayoutFolder(folder);
    const text = await readFile(join(folder, LAYOUT_FILE), 'utf8').catch(() => undefined);
    const isLayout =
      text?.includes('"imageLayoutVersion"') ?? (await readdir(folder)).every((name) => name.endsWith('.partial'));
    if (!isLayout) throw new MovingError(`${folder} holds something else: name a new folder, or an OCI layout.`);
    if (text === undefined) await layout.#write(LAYOUT_FILE, new TextEncoder().encode(LAYOUT_TEXT));
    await written(folder, mkdir(join(folder, 'blobs'), { recursive: true }));
    return layout;
  }

  async entries(): Promise<readonly Descriptor[]> {
    const bytes = await readFile(join(this.#folder, INDEX_FILE)).catch(() => undefined);
    return bytes === undefined ? [] : parseLayoutIndex(bytes, this.#folder);
  }

  async writeEntries(entries: readonly Descriptor[]): Promise<void> {
    await this.#write(INDEX_FILE, new TextEncoder().encode(layoutIndexText(entries)));
  }

  /** Whether it has the content already, whole: an earlier export may have been to a disk that lied. */
  async has(digest: Digest, size: number): Promise<boolean> {
    const path = join(this.#folder, layoutBlobPath(digest));
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== size) return false;
    const hasher = new Bun.CryptoHasher(algorithmOf(digest));
    for await (const piece of Bun.file(path).stream()) hasher.update(piece);
    return `${algorithmOf(digest)}:${hasher.digest('hex')}` === digest;
  }

  /** @returns the digest of what came, which is kept only when it is the one announced. */
  async add(digest: Digest, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Digest> {
    const path = join(this.#folder, layoutBlobPath(digest));
    const partial = `${path}.partial`;
    await written(this.#folder, mkdir(dirname(path), { recursive: true }));
    const hasher = new Bun.CryptoHasher(algorithmOf(digest));
    const handle = await this.#create(partial);
    try {
      for await (const piece of content) {
        signal.throwIfAborted();
        hasher.update(piece);
        await written(this.#folder, handle.writeFile(piece));
      }
      await written(this.#folder, handle.datasync());
      const actual = parseDigest(`${algorithmOf(digest)}:${hasher.digest('hex')}`);
      if (actual === digest) await rename(partial, path);
      return actual;
    } finally {
      await handle.close();
      await unlink(partial).catch(() => undefined); // gone, when it was renamed
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    const handle = await this.#create(`${path}.partial`);
    try {
      await written(this.#folder, handle.writeFile(bytes));
      await written(this.#folder, handle.datasync());
    } finally {
      await handle.close();
    }
    await rename(`${path}.partial`, path);
  }

  /** Always a new file: a link that somebody left there would have us write where it leads. */
  async #create(path: string): Promise<FileHandle> {
    await unlink(path).catch(() => undefined); // what an interrupted export left, if anything
    return await written(this.#folder, open(path, 'wx', 0o644));
  }
}

/** @throws {MovingError} the folder cannot be written to: whoever named it can mend that. */
async function written<Result>(folder: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    const reason = (error as Error).message;
    throw new MovingError(`${folder} cannot be written to by the user that the server runs as: ${reason}.`, {
      cause: error,
    });
  }
}
