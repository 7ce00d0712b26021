import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { TarDamagedError, tarEntries, type TarEntry } from './tar-entries.ts';

/** A file as a layer has it. */
export interface LayerFile extends TarEntry {
  /** `file`: the layer removes it; `opaque`: it removes all that layers below have in this folder. */
  readonly whiteout: 'file' | 'opaque' | null;
}

/** Why a listing ends before the layer does. */
export type StoppedBy = 'time' | 'bytes' | 'entries' | 'damage';

export interface LayerLimits {
  readonly seconds: number;
  /** Unpacked. */
  readonly bytes: number;
  readonly entries: number;
}

/** A layer is read from its beginning for each page: some seconds of one processor at most. */
export const LAYER_LIMITS: LayerLimits = { seconds: 10, bytes: 2 * 1024 ** 3, entries: 500_000 };

export interface LayerFilesRequest {
  /** How many entries were looked at by the pages before. */
  readonly after: number;
  /** Paths that begin so. */
  readonly prefix: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface LayerFiles {
  readonly files: readonly LayerFile[];
  /** `after` of the next page; absent where nothing more is to be read. */
  readonly next?: number;
  readonly stoppedBy?: StoppedBy;
}

/**
 * A page of what is in a layer, in the order of its archive: tar, alone or packed by gzip or zstd, whatever its media type
 * says. What unpacks to very much is read only as far as the limits go.
 *
 * @throws whatever reading `content` throws, and the reason of `signal`.
 */
export async function readLayerFiles(
  content: ReadableStream<Uint8Array>,
  { after, prefix, limit, signal }: LayerFilesRequest,
  limits: LayerLimits = LAYER_LIMITS,
): Promise<LayerFiles> {
  const files: LayerFile[] = [];
  const unpacking = new Unpacking(content, limits, signal);
  let place = 0;
  try {
    for await (const entry of tarEntries(unpacking.chunks())) {
      place += 1;
      if (place > limits.entries) return { files, stoppedBy: 'entries' };
      const file = fileOf(entry);
      if (place <= after || !file.path.startsWith(prefix)) continue;
      if (files.length === limit) return { files, next: place - 1 };
      files.push(file);
    }
    return { files };
  } catch (error) {
    return { files, stoppedBy: unpacking.whyStopped(error) };
  } finally {
    unpacking.end();
  }
}

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** After one byte, which is 0x50 to 0x5f: what holds nothing to unpack, as parallel packers begin. */
const ZSTD_SKIPPABLE = [0x2a, 0x4d, 0x18];
const MAGIC_BYTES = 4;

class TooManyBytesError extends Error {}

class Unpacking {
  readonly #source: Readable;
  readonly #limits: LayerLimits;
  readonly #signal: AbortSignal;
  readonly #timeout: NodeJS.Timeout;
  #output: Readable | undefined;
  #sourceError: Error | undefined;
  #isLate = false;
  #isPacked = false;

  constructor(content: ReadableStream<Uint8Array>, limits: LayerLimits, signal: AbortSignal) {
    // The web streams of Bun and of Node's types are one thing with two names.
    this.#source = Readable.fromWeb(content as unknown as NodeStream);
    this.#limits = limits;
    this.#signal = signal;
    this.#source.on('error', (error) => (this.#sourceError = error));
    this.#timeout = setTimeout(() => {
      this.#isLate = true;
      this.end();
    }, limits.seconds * 1000);
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = (): void => this.end();

  async *chunks(): AsyncGenerator<Uint8Array, void> {
    this.#signal.throwIfAborted();
    const begun = await this.#begin();
    let bytes = 0;
    for await (const chunk of begun as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > this.#limits.bytes) throw new TooManyBytesError();
      yield chunk;
    }
    // A stream that was ended may look as if it had come to its end.
    if (this.#isLate) throw new Error('late');
    if (bytes === 0 && this.#isPacked) throw new TarDamagedError('it unpacks to nothing');
  }

  /** @throws what is no fault of the layer. */
  whyStopped(error: unknown): StoppedBy {
    this.#signal.throwIfAborted();
    if (this.#isLate) return 'time';
    if (error instanceof TooManyBytesError) return 'bytes';
    if (this.#sourceError !== undefined) throw this.#sourceError;
    if (error instanceof TarDamagedError || isOfZlib(error)) return 'damage';
    throw error;
  }

  end(): void {
    clearTimeout(this.#timeout);
    this.#signal.removeEventListener('abort', this.#abort);
    this.#output?.destroy();
    this.#source.destroy();
  }

  /** Looks at the first bytes, which say how the rest is packed. */
  async #begin(): Promise<Readable> {
    const iterator = this.#source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const first = await firstBytes(iterator);
    const whole = Readable.from(rejoined(first, iterator));
    const unpack = beginsWith(first, GZIP) ? createGunzip() : undefined;
    const output = isZstd(first) ? createZstdDecompress() : unpack;
    this.#output = output ?? whole;
    if (output === undefined) return whole;
    this.#isPacked = true;
    whole.on('error', (error) => output.destroy(error));
    return whole.pipe(output);
  }
}

/** As many as say how the rest is packed, or all there are: a chunk may be a single byte. */
async function firstBytes(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let first = new Uint8Array(0);
  while (first.length < MAGIC_BYTES) {
    const { value, done = false } = await chunks.next();
    if (done) return first;
    first = new Uint8Array(Buffer.concat([first, value]));
  }
  return first;
}

async function* rejoined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

function isZstd(bytes: Uint8Array): boolean {
  const isSkippable = ((bytes[0] ?? 0) & 0xf0) === 0x50 && beginsWith(bytes.subarray(1), ZSTD_SKIPPABLE);
  return isSkippable || beginsWith(bytes, ZSTD);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, place) => bytes[place] === byte);
}

function isOfZlib(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return /^(?:Z_|ZSTD_|ERR_ZSTD|ERR_BUFFER|ERR_STREAM|ERR__ERROR)/.test(String(error.code));
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** @see image-spec v1.1, layer.md#whiteouts */
function fileOf(entry: TarEntry): LayerFile {
  const path = entry.path.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const name = path.slice(folder.length);
  if (name === OPAQUE) return { ...entry, path: folder.slice(0, -1), whiteout: 'opaque' };
  if (name.startsWith(WHITEOUT)) {
    return { ...entry, path: `${folder}${name.slice(WHITEOUT.length)}`, whiteout: 'file' };
  }
  return { ...entry, path, whiteout: null };
}
