import { constants } from 'node:fs';
import { access, copyFile, link, lstat, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { algorithmOf, digestOf, parseDigest, type Digest, type DigestAlgorithm } from '../../oci/digest.ts';
import { ContentMissingError, DigestInvalidError } from '../../oci/errors.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import type { AdoptedBy, AdoptedContent, Adoption, ForeignContent } from '../blob-store.ts';
import { syncFile, syncFolder, type DurableFolders } from './durable-folders.ts';
import { keyFor, type Layout } from './layout.ts';
import { SMALL_BYTES } from './running-hash.ts';
import { asStorageFailure, failureCode } from './storage-failure.ts';
import type { DiskThreads } from './threads/disk-threads.ts';

export interface FileAdoptionParts {
  readonly layout: Layout;
  readonly folders: DurableFolders;
  readonly threads: DiskThreads;
  readonly onCommit: (sizeBytes: number) => void;
}

/**
 * Takes over files of this machine: by a second name where the disk is the same one, else by a clone, else by a copy.
 *
 * A file under two names is one file. Whoever writes into the other name changes what is served here, which is why it is
 * read through the new name and why nobody may write to it any more; removing the other name does no harm.
 */
export class FileAdoption implements Adoption {
  readonly #parts: FileAdoptionParts;

  constructor(parts: FileAdoptionParts) {
    this.#parts = parts;
  }

  /** @throws {ContentMissingError} there is no such file, or it cannot be read. */
  async adopt(
    content: ForeignContent,
    expected: { readonly digest: Digest; readonly size: number },
    isTrusted: boolean,
  ): Promise<AdoptedContent | undefined> {
    if (content.kind !== 'file') return undefined;
    const { layout, folders, onCommit } = this.#parts;
    const { digest, size } = expected;
    const key = keyFor(digest, newUploadId());
    const path = layout.blob(key);
    let by: AdoptedBy = 'copied';
    try {
      await folders.within(layout.folderOf(key), async () => void (by = await place(content.path, path)));
      await this.#verify(path, expected, isTrusted);
      await Promise.all([
        size > SMALL_BYTES ? this.#parts.threads.flush(path) : syncFile(path),
        syncFolder(dirname(path)),
      ]);
    } catch (error) {
      // What a failed flush left behind cannot be trusted. A name that stays is listed for garbage collection.
      await unlink(path).catch(() => undefined);
      throw (await isReadable(content.path)) ? asStorageFailure(error) : new ContentMissingError(content.path);
    }
    onCommit(size);
    return { key, digest, size, by };
  }

  /** By its new name: the old one may be given to another file meanwhile. */
  async #verify(path: string, { digest, size }: { digest: Digest; size: number }, isTrusted: boolean): Promise<void> {
    const found = await lstat(path);
    // A link to a link would serve whatever that is made to point to.
    if (!found.isFile()) throw new ContentMissingError(path);
    const { size: actualSize } = found;
    if (actualSize !== size) {
      throw new DigestInvalidError(`the content has ${actualSize} bytes, not ${size}`, digest);
    }
    if (isTrusted) return;
    const actual = await this.#digestOf(path, algorithmOf(digest), size);
    if (actual !== digest) throw new DigestInvalidError(`the content is ${actual}`, digest);
  }

  async #digestOf(path: string, algorithm: DigestAlgorithm, size: number): Promise<Digest> {
    if (size <= SMALL_BYTES) return digestOf(await readFile(path), algorithm);
    const hash = this.#parts.threads.follow(path, algorithm);
    try {
      return parseDigest(`${algorithm}:${await hash.digest(size)}`);
    } finally {
      hash.stop();
    }
  }
}

/** What says that a disk, or its owner, allows no second name: not that anything is wrong. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']);

async function place(from: string, to: string): Promise<AdoptedBy> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (!NO_LINK.has(failureCode(error) ?? '')) throw error;
  }
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return 'cloned';
  } catch {
    // Whatever stands against a clone: if it also stands against a copy, the copy says so.
    await unlink(to).catch(() => undefined);
  }
  await copyFile(from, to, constants.COPYFILE_EXCL);
  return 'copied';
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
