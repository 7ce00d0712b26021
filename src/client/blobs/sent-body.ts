import type { Digest } from '../../oci/digest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { MakeBody } from '../transport.ts';

export interface BlobUpload {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The bytes from `first` on. Called again with a place no further than was read, after a cut. */
  readonly read: (first: number, signal: AbortSignal | undefined) => AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** A repository of the same registry that has the blob. */
  readonly mountFrom?: RepositoryName;
  /** How many bytes the registry has or is being sent; may go back after a cut. */
  readonly onOffset?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A part of a blob on its way into a request. */
export interface SentBody {
  /** Called for every attempt; what an earlier one read is let go of. */
  readonly make: MakeBody;
  /** What reading threw: the request then fails with something that says less. */
  failure(): unknown;
  /** Nothing more is read. */
  end(): Promise<void>;
}

/** Reads only as fast as it is sent: a few pieces are in memory, whatever the size. */
export function bodyOf(upload: BlobUpload, part: { readonly first: number; readonly bytes: number }): SentBody {
  let current: Reading | undefined;
  let failure: unknown;
  const end = async (): Promise<void> => {
    const open = current;
    current = undefined;
    await open?.end();
  };
  const make: MakeBody = (alive) => {
    const before = end();
    const reading = new Reading(upload, part);
    current = reading;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      await before;
      try {
        const piece = await reading.next();
        alive();
        if (piece !== undefined) controller.enqueue(piece);
        if (reading.isAtEnd) controller.close();
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    };
    return new ReadableStream<Uint8Array>({ pull, cancel: () => reading.end() }, { highWaterMark: 0 });
  };
  return { make, failure: () => failure, end };
}

/** One pass over the part. */
class Reading {
  readonly #upload: BlobUpload;
  readonly #first: number;
  readonly #bytes: number;
  readonly #pieces: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #sent = 0;
  isAtEnd = false;

  constructor(upload: BlobUpload, { first, bytes }: { readonly first: number; readonly bytes: number }) {
    this.#upload = upload;
    this.#first = first;
    this.#bytes = bytes;
    this.#pieces = upload.read(first, upload.signal)[Symbol.asyncIterator]();
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.isAtEnd) return undefined;
    const { done, value } = await this.#pieces.next();
    const piece = done === true ? undefined : value.subarray(0, this.#bytes - this.#sent);
    this.#sent += piece?.byteLength ?? 0;
    if (piece !== undefined) this.#upload.onOffset?.(this.#first + this.#sent);
    if (piece === undefined || this.#sent >= this.#bytes) await this.end();
    return piece;
  }

  async end(): Promise<void> {
    this.isAtEnd = true;
    await this.#pieces.return?.().catch(() => undefined);
  }
}
