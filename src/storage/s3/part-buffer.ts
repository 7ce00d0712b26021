import type { Payload } from './bucket.ts';

/** A piece smaller than this is copied beside others: a client that sends single bytes must not cost a buffer for each. */
const SMALL_PIECE_BYTES = 4 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** The bytes of one part while they come in, as the pieces that came. */
export class PartBuffer {
  readonly pieces: Uint8Array[] = [];
  readonly #hash: Bun.CryptoHasher;
  #size = 0;
  /** How much of the last piece is used, where it is a block of our own. */
  #block: Uint8Array<ArrayBuffer> | undefined;
  #blockUsed = 0;

  constructor() {
    this.#hash = new Bun.CryptoHasher('sha256');
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Takes the piece over. */
  push(piece: Uint8Array): void {
    if (piece.byteLength === 0) return;
    this.#hash.update(piece);
    this.#size += piece.byteLength;
    if (piece.byteLength >= SMALL_PIECE_BYTES) {
      this.#block = undefined;
      this.pieces.push(piece);
    } else this.#copy(piece);
  }

  /** What to send. More may be pushed later, and the payload made again. */
  payload(): Payload {
    return { pieces: [...this.pieces], size: this.#size, sha256: Buffer.from(this.#hash.copy().digest()) };
  }

  /** Frees the memory at once: the garbage collector sees small objects, and would let many of them pile up. */
  release(): void {
    for (const { buffer } of this.pieces) {
      if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
    }
    this.pieces.length = 0;
    this.#size = 0;
  }

  #copy(piece: Uint8Array): void {
    const room = this.#block === undefined ? 0 : BLOCK_BYTES - this.#blockUsed;
    if (this.#block === undefined || piece.byteLength > room) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#blockUsed = 0;
      this.pieces.push(this.#block.subarray(0, 0));
    }
    this.#block.set(piece, this.#blockUsed);
    const from = this.pieces.pop()?.byteOffset ?? 0;
    this.#blockUsed += piece.byteLength;
    this.pieces.push(this.#block.subarray(from, this.#blockUsed));
  }
}
