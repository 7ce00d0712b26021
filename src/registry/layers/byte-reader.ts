/** Reads a stream piece by piece, and holds no more of it than the piece that is asked for and a chunk. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** @returns less where the stream ends before. */
  async read(length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#chunk.length === 0 && !(await this.#next())) return piece.subarray(0, filled);
      const part = this.#chunk.subarray(0, length - filled);
      piece.set(part, filled);
      filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
    return piece;
  }

  /** @returns whether there was so much. */
  async skip(length: number): Promise<boolean> {
    let left = length;
    while (left > 0) {
      if (this.#chunk.length === 0 && !(await this.#next())) return false;
      const passed = Math.min(left, this.#chunk.length);
      left -= passed;
      this.#chunk = this.#chunk.subarray(passed);
    }
    return true;
  }

  async #next(): Promise<boolean> {
    const { value, done = false } = await this.#chunks.next();
    if (done) return false;
    this.#chunk = value;
    return true;
  }
}
