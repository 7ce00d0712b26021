import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
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

  /** @throws {MovingError} the folder holds something else. */
  static async open(folder: string): Promise<LayoutFolder> {
    await mkdir(folder, { recursive: true });
    const layout = new LayoutFolder(folder);
    const text = await readFile(join(folder, LAYOUT_FILE), 'utf8').catch(() => undefined);
    const isLayout =
      text?.includes('"imageLayoutVersion"') ?? (await readdir(folder)).every((name) => name.endsWith('.partial'));
    if (!isLayout) throw new MovingError(`${folder} holds something else: name a new folder, or an OCI layout.`);
    if (text === undefined) await layout.#write(LAYOUT_FILE, new TextEncoder().encode(LAYOUT_TEXT));
    await mkdir(join(folder, 'blobs'), { recursive: true });
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
    await mkdir(dirname(path), { recursive: true });
    const hasher = new Bun.CryptoHasher(algorithmOf(digest));
    const handle = await open(partial, 'w', 0o644);
    try {
      for await (const piece of content) {
        signal.throwIfAborted();
        hasher.update(piece);
        await handle.writeFile(piece);
      }
      await handle.datasync();
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
    const handle = await open(`${path}.partial`, 'w', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.partial`, path);
  }
}
