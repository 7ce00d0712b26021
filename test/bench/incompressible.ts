import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slice } from './load/push-blobs.ts';

const MEBIBYTE = 1 << 20;

/**
 * A file of random bytes, made once per run. Blobs are slices of it that begin a mebibyte apart: they differ, so no
 * server can share them, and the page cache holds them once.
 */
export class Incompressible {
  readonly path: string;
  readonly #sizeBytes: number;
  readonly #digests = new Map<string, string>();

  private constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.#sizeBytes = sizeBytes;
  }

  /** @param sizeBytes of the largest blob wanted; the file is 32 MiB longer, for as many different blobs. */
  static async make(folder: string, sizeBytes: number): Promise<Incompressible> {
    const path = join(folder, `incompressible-${sizeBytes}`);
    const file = await open(path, 'w');
    try {
      const chunk = new Uint8Array(4 * MEBIBYTE);
      for (let written = 0; written < sizeBytes + 32 * MEBIBYTE; written += chunk.byteLength) {
        await file.write(randomFillSync(chunk));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return new Incompressible(path, sizeBytes);
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
