import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { failureCode } from './storage-failure.ts';

/** Makes the bytes of a file survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in `folder` survive a power cut: a renamed file is durable only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes folders below one root, each durable in its parent before anything is put into it, and again when they vanish.
 *
 * It never writes below the mount point of a volume that was unmounted: the bytes would be hidden as soon as the volume
 * comes back.
 */
export class DurableFolders {
  readonly #root: string;
  readonly #device: number;
  /** What this process made durable. A folder that is merely there may have been made a moment ago by another commit. */
  readonly #known = new Map<string, Promise<void>>();

  private constructor(root: string, device: number) {
    this.#root = root;
    this.#device = device;
  }

  /** Makes the root when it is not there yet, for this user only: an image may be private. */
  static async open(root: string): Promise<DurableFolders> {
    const firstMade = await mkdir(root, { recursive: true, mode: 0o700 });
    for (let made = root; firstMade !== undefined && made.startsWith(firstMade); made = dirname(made)) {
      await syncFolder(dirname(made));
    }
    return new DurableFolders(root, (await stat(root)).dev);
  }

  /**
   * Runs `action`, which puts something into `folder`.
   *
   * @param folder relative to the root: `blobs/sha256/ab`.
   */
  async within(folder: string, action: () => Promise<void>): Promise<void> {
    await this.#ensure(folder);
    try {
      await action();
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw error;
      this.#known.clear();
      await this.#ensure(folder);
      await action();
    }
  }

  #ensure(folder: string): Promise<void> {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const made = this.#make(folder);
    this.#known.set(folder, made);
    made.catch(() => this.#known.delete(folder));
    return made;
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    if (parent === '.') await this.#checkVolume(folder);
    else await this.#ensure(parent);
    try {
      await mkdir(join(this.#root, folder));
    } catch (error) {
      if (failureCode(error) !== 'EEXIST') throw error;
    }
    await syncFolder(join(this.#root, parent));
  }

  async #checkVolume(folder: string): Promise<void> {
    const found = await stat(join(this.#root, folder)).catch(() => undefined);
    if (found === undefined && (await stat(this.#root)).dev !== this.#device) throw new StorageUnavailableError();
  }
}
