import type { FileHandle } from 'node:fs/promises';

/**
 * Writes the pieces of one chunk in order and hashes them. While one piece is on its way to the disk the next is being
 * hashed and received, and never more than two are held.
 */
export class ChunkWriter {
  readonly #handle: FileHandle;
  readonly #hasher: Bun.CryptoHasher | undefined;
  #position: number;
  #writing: Promise<void> | undefined;

  constructor(handle: FileHandle, position: number, hasher: Bun.CryptoHasher | undefined) {
    this.#handle = handle;
    this.#position = position;
    this.#hasher = hasher;
  }

  /** Where the next piece goes, in bytes: after {@link settle}, all before it is in the file. */
  get position(): number {
    return this.#position;
  }

  /** @throws what writing the piece before it met. */
  async write(piece: Uint8Array): Promise<void> {
    await this.settle();
    this.#writing = this.#writeFully(piece);
    // Whoever settles next hears of the failure; without this it would count as unhandled until then.
    this.#writing.catch(() => {});
    this.#hasher?.update(piece);
  }

  /** Resolves when all pieces are in the file. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #writeFully(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.byteLength;) {
      const { bytesWritten } = await this.#handle.write(piece, done, piece.byteLength - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
