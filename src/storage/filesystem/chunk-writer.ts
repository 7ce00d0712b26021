import type { FileHandle } from 'node:fs/promises';
import type { UploadSession } from './upload-sessions.ts';
import type { WriteBudget } from './write-budget.ts';

/** The most pieces in a batch: a client that sends single bytes must not cost a buffer for each of 512 Ki of them. */
const MAX_BATCH_PIECES = 256;

/**
 * Writes the pieces of one chunk to the end of an upload, many with one system call. While one batch is on its way to the
 * file the next is received.
 */
export class ChunkWriter {
  readonly #handle: FileHandle;
  readonly #session: UploadSession;
  readonly #budget: WriteBudget;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** Where the next batch goes, in bytes. */
  #position: number;
  #writing: Promise<void> | undefined;

  constructor(handle: FileHandle, session: UploadSession, budget: WriteBudget) {
    this.#handle = handle;
    this.#session = session;
    this.#budget = budget;
    this.#position = session.offset;
    budget.join();
  }

  /** Takes a piece over: its memory is given back once it is written. */
  take(piece: Uint8Array): Promise<void> | undefined {
    if (piece.byteLength === 0) return undefined;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.byteLength;
    const isFull = this.#pieceBytes >= this.#budget.batchBytes || this.#pieces.length >= MAX_BATCH_PIECES;
    return isFull ? this.#writeBatchAndWait() : undefined;
  }

  /** Writes what is left. Afterwards everything taken is in the file. */
  async finish(): Promise<number> {
    if (this.#pieces.length > 0) await this.#writeBatch();
    await this.#writing;
    return this.#position;
  }

  /** Waits until nothing is being written any more, and gives the share of the memory back. */
  async close(): Promise<void> {
    this.#budget.leave();
    await this.#writing?.catch(() => {});
  }

  async #writeBatchAndWait(): Promise<void> {
    await this.#writeBatch();
    await this.#budget.room();
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
    this.#budget.begin(end - at);
    const written = writeFully(this.#handle, pieces, at).finally(() => this.#budget.end(end - at));
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
