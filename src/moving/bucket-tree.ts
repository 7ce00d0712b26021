import { ContentMissingError } from '../oci/errors.ts';
import type { ForeignContent } from '../storage/blob-store.ts';
import type { Bucket } from '../storage/s3/bucket.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import type { SourceTree } from './source-tree.ts';

export interface BucketTreeParts {
  readonly bucket: Bucket;
  /** As people call it. */
  readonly name: string;
  /** Below the prefix of the bucket; empty, or ends in a slash. */
  readonly under: string;
  /** Whether the store has the same server and credentials: then it can take objects over where they are. */
  readonly isOfStore: boolean;
}

/** What lies in a bucket of S3, where a slash in a key stands for a folder. */
export class BucketTree implements SourceTree {
  readonly name: string;
  readonly #parts: BucketTreeParts;

  constructor(parts: BucketTreeParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  folders(path: string): AsyncIterable<string> {
    return this.#parts.bucket.listFolders(this.#key(path === '' ? '' : `${path}/`));
  }

  async size(path: string): Promise<number | undefined> {
    return (await this.#parts.bucket.head(this.#key(path)))?.size;
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      const { size, stream } = await this.#parts.bucket.open(this.#key(path));
      if (size <= maxBytes) return await new Response(stream).bytes();
      await stream.cancel();
      throw new ForeignFaultError(`it has ${size} bytes, and at most ${maxBytes} are taken`);
    } catch (error) {
      if (error instanceof ContentMissingError) return undefined;
      throw error;
    }
  }

  stream(path: string): ReadableStream<Uint8Array> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const opened = this.#parts.bucket.open(this.#key(path));
    // Whoever reads is told what goes wrong.
    opened
      .then(({ stream }) => stream.pipeTo(writable))
      .catch((reason) => writable.abort(reason).catch(() => undefined));
    return readable;
  }

  content(path: string): ForeignContent | undefined {
    const { bucket, isOfStore } = this.#parts;
    const { Bucket, Key } = bucket.at(this.#key(path));
    return isOfStore ? { kind: 'object', bucket: Bucket, key: Key } : undefined;
  }

  below(path: string): BucketTree {
    return new BucketTree({ ...this.#parts, under: this.#key(path === '' ? '' : `${path}/`) });
  }

  #key(path: string): string {
    return `${this.#parts.under}${path}`;
  }
}
