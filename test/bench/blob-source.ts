import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slice } from './load/push-blobs.ts';

const MEBIBYTE = 1 << 20;
/** How many different blobs a file has. */
const BLOBS = 32;

/**
 * A file of bytes that are nowhere else, made once per run. Blobs are slices of it that begin a mebibyte apart: they
 * differ, so no server can share them, and the page cache holds them once.
 */
export class BlobSource {
  readonly path: string;
  readonly #sizeBytes: number;
  readonly #digests = new Map<string, string>();

  private constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.#sizeBytes = sizeBytes;
  }

  /** Random bytes. @param sizeBytes of the largest blob wanted; the file is 32 MiB longer, for as many different blobs. */
  static async make(folder: string, sizeBytes: number): Promise<BlobSource> {
    const path = join(folder, `incompressible-${sizeBytes}`);
    const file = await open(path, 'w');
    try {
      const chunk = new Uint8Array(4 * MEBIBYTE);
      for (let written = 0; written < sizeBytes + BLOBS * MEBIBYTE; written += chunk.byteLength) {
        await file.write(randomFillSync(chunk));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return new BlobSource(path, sizeBytes);
  }

  /**
   * As {@link make}, of zeros but for the first bytes of each mebibyte that a blob begins with: it takes no room on the
   * disk, however large it is. For servers that neither compress nor share content, which is why it may be used for them.
   */
  static async makeSparse(folder: string, sizeBytes: number): Promise<BlobSource> {
    const path = join(folder, `sparse-${sizeBytes}`);
    const file = await open(path, 'w');
    try {
      await file.truncate(sizeBytes + BLOBS * MEBIBYTE);
      for (let blob = 0; blob < BLOBS; blob++) {
        await file.write(randomFillSync(new Uint8Array(4096)), { position: blob * MEBIBYTE });
      }
    } finally {
      await file.close();
    }
    return new BlobSource(path, sizeBytes);
  }

  /** The blob that begins `index` MiB into the file, with its digest. @param index 0 to 31. */
  async slice(repository: string, index: number): Promise<Slice> {
    const start = index * MEBIBYTE;
    const end = start + this.#sizeBytes;
    const key = `${start}-${end}`;
    const digest = this.#digests.get(key) ?? (await sha256(this.path, start, end));
    this.#digests.set(key, digest);
    return { repository, start, end, digest };
  }
}

async function sha256(path: string, start: number, end: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: MEBIBYTE })) {
    hash.update(chunk as Buffer);
  }
  return `sha256:${hash.digest('hex')}`;
}
