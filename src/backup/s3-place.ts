import { ContentMissingError } from '../oci/errors.ts';
import type { Bucket, Payload } from '../storage/s3/bucket.ts';
import { MAX_PARTS, MultipartUploads } from '../storage/s3/multipart-uploads.ts';
import { BackupError } from './backup-error.ts';
import type { BackupPlace } from './backup-place.ts';
import { ALGORITHMS } from './paths.ts';

/** The least, in bytes: four are under way at once. */
const PART_BYTES = 16 * 1024 * 1024;

/** Where large files are written. */
const OUR_FOLDERS = [...ALGORITHMS.map((algorithm) => `blobs/${algorithm}/`), 'snapshots/'];

/** Backups in a bucket of S3, below its prefix. An object is there when all of it is. */
export class S3Place implements BackupPlace {
  readonly name: string;
  readonly #bucket: Bucket;
  readonly #multiparts: MultipartUploads;

  constructor(name: string, bucket: Bucket) {
    this.name = name;
    this.#bucket = bucket;
    this.#multiparts = new MultipartUploads(bucket);
  }

  async size(path: string): Promise<number | undefined> {
    return (await this.#bucket.head(path))?.size;
  }

  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    try {
      return (await this.#bucket.open(path)).stream;
    } catch (error) {
      if (!(error instanceof ContentMissingError)) throw error;
      throw new BackupError('BACKUP_DAMAGED', `${path} is missing in ${this.name}.`, { cause: error });
    }
  }

  async write(path: string, content: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    const partBytes = Math.max(PART_BYTES, Math.ceil(size / (MAX_PARTS - 1)));
    if (size <= partBytes) {
      const gathered = new Gathered();
      for await (const piece of content) gathered.add(piece);
      await this.#bucket.put(path, gathered.take());
      return;
    }
    await this.#writeParts(path, content, partBytes);
  }

  async *list(folder: string): AsyncIterable<{ readonly path: string; readonly size: number }> {
    for await (const { key, size } of this.#bucket.list(`${folder}/`)) yield { path: key, size };
  }

  async delete(path: string): Promise<void> {
    await this.#bucket.delete(path);
  }

  /** What S3 has taken, it keeps. */
  async settle(): Promise<void> {}

  async tidy(): Promise<void> {
    // Others may have uploads under way beside the backup, such as a registry whose bytes are in the same bucket.
    for (const folder of OUR_FOLDERS) {
      for await (const multipart of this.#multiparts.list(folder)) await this.#multiparts.abort(multipart);
    }
  }

  async #writeParts(path: string, content: AsyncIterable<Uint8Array>, partBytes: number): Promise<void> {
    const multipart = await this.#multiparts.begin(path);
    try {
      const etags: string[] = [];
      const gathered = new Gathered();
      const send = async (): Promise<void> => {
        etags.push(await this.#multiparts.sendPart(multipart, etags.length + 1, gathered.take()));
      };
      for await (const piece of content) {
        gathered.add(piece);
        if (gathered.size >= partBytes) await send();
      }
      if (gathered.size > 0) await send();
      await this.#multiparts.complete(multipart, etags);
    } catch (error) {
      await this.#multiparts.abort(multipart).catch(() => undefined); // what led here is what is told
      throw error;
    }
  }
}

/** What is sent in one request. */
class Gathered {
  size = 0;
  #pieces: Uint8Array[] = [];
  #hash = new Bun.CryptoHasher('sha256');

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#hash.update(piece);
    this.size += piece.byteLength;
  }

  take(): Payload {
    const payload = { pieces: this.#pieces, size: this.size, sha256: this.#hash.digest() };
    this.#pieces = [];
    this.size = 0;
    this.#hash = new Bun.CryptoHasher('sha256');
    return payload;
  }
}
