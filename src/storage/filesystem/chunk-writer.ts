import type { FileHandle } from 'node:fs/promises';
import type { UploadSession } from './upload-sessions.ts';

/** What is written at once, in bytes: larger is not faster. */
const MAX_BATCH_BYTES = 512 * 1024;

/** The least worth a system call, in bytes; what one read of a socket gives. */
const MIN_BATCH_BYTES = 64 * 1024;

/** What all batches of a process may hold together, in bytes; each upload has one that fills and one on its way. */
const ALL_BATCHES_BYTES = 4 * 1024 * 1024;

/** The most pieces in a batch: a client that sends single bytes must not cost a buffer for each of 512 Ki of them. */
const MAX_BATCH_PIECES = 256;

let writers = 0;

/** The share of one upload, so that memory does not grow with their number until each is down to the least. */
function batchBytes(): number {
  return Math.max(MIN_BATCH_BYTES, Math.min(MAX_BATCH_BYTES, ALL_BATCHES_BYTES / writers));
}

/**
 * Writes the pieces of one chunk to the end of an upload, many with one system call. While one batch is on its way to the
 * file the next is received.
 */
export class ChunkWriter {
  readonly #handle: FileHandle;
  readonly #session: UploadSession;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** Where the next batch goes, in bytes. */
  #position: number;
  #writing: Promise<void> | undefined;

  constructor(handle: FileHandle, session: UploadSession) {
    this.#handle = handle;
    this.#session = session;
    this.#position = session.offset;
    writers += 1;
  }

  /** Takes a piece over: its memory is given back once it is written. */
  take(piece: Uint8Array): Promise<void> | undefined {
    if (piece.byteLength === 0) return undefined;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.byteLength;
    const isFull = this.#pieceBytes >= batchBytes() || this.#pieces.length >= MAX_BATCH_PIECES;
    return isFull ? this.#writeBatch() : undefined;
  }

  /** Writes what is left. Afterwards everything taken is in the file. */
  async finish(): Promise<number> {
    if (this.#pieces.length > 0) await this.#writeBatch();
    await this.#writing;
    return this.#position;
  }

  /** Waits until nothing is being written any more, and gives the place in the process's memory back. */
  async close(): Promise<void> {
    writers -= 1;
    await this.#writing?.catch(() => {});
  }

  async #writeBatch(): Promise<void> {
    const pieces = this.#pieces;
    const at = this.#position;
    this.#position += this.#pieceBytes;
    this.#pieces = [];
    this.#pieceBytes = 0;
    await this.#writing;
    this.#writing = this.#write(pieces, at, this.#position);
    // Whoever waits next hears of the failure; without this it would count as unhandled until then.
    this.#writing.catch(() => {});
  }

  async #write(pieces: readonly Uint8Array[], at: number, end: number): Promise<void> {
    const written = writeFully(this.#handle, pieces, at);
    this.#session.hash.receive(pieces, end);
    await written;
    this.#session.hash.written(end);
    this.#session.flush.written(end - at);
    for (const piece of pieces) release(piece);
  }
}

async function writeFully(handle: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  let position = at;
  for (let left = pieces; left.length > 0;) {
    const { bytesWritten } = await handle.writev(left, position);
    position += bytesWritten;
    left = after(left, bytesWritten);
  }
}

/** What is left of some pieces when their first `bytes` are done. A disk that fills up takes less than it is given. */
function after(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skipped = 0;
  for (const [i, piece] of pieces.entries()) {
    if (skipped + piece.byteLength > bytes) return [piece.subarray(bytes - skipped), ...pieces.slice(i + 1)];
    skipped += piece.byteLength;
  }
  return [];
}

/** Frees the memory of a piece at once: the garbage collector sees a small object, and would let many of them pile up. */
function release(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.byteLength && !buffer.detached) buffer.transfer(0);
}
