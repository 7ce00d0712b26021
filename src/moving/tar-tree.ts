import { open } from 'node:fs/promises';
import type { ForeignContent } from '../storage/blob-store.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import type { SourceTree } from './source-tree.ts';
import { MovingError } from './taking.ts';

/** Far more than any image has files in its archive; each costs some 200 bytes of memory. */
const MOST_ENTRIES = 1_000_000;

/** Of the name of one entry, in bytes, where it does not fit into its header. */
const LONGEST_NAME = 4096;

const BLOCK = 512;

interface Entry {
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
}

/** An archive on a disk of this machine, read where it lies: only its headers are looked through, once. */
export class TarTree implements SourceTree {
  readonly name: string;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(path: string, entries: ReadonlyMap<string, Entry>) {
    this.name = path;
    this.#entries = entries;
  }

  /** @throws {MovingError} not an archive, or a compressed one. */
  static async open(path: string): Promise<TarTree> {
    return new TarTree(path, await entriesOf(path));
  }

  async *folders(path: string): AsyncIterable<string> {
    const prefix = path === '' ? '' : `${path}/`;
    const found = new Set<string>();
    for (const name of this.#entries.keys()) {
      const end = name.indexOf('/', prefix.length);
      if (name.startsWith(prefix) && end !== -1) found.add(name.slice(prefix.length, end));
    }
    yield* found;
  }

  async size(path: string): Promise<number | undefined> {
    return this.#entries.get(path)?.size;
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    if (entry.size > maxBytes)
      throw new ForeignFaultError(`it has ${entry.size} bytes, and at most ${maxBytes} are taken`);
    return await this.#slice(entry).bytes();
  }

  stream(path: string): ReadableStream<Uint8Array> {
    return this.#slice(this.#entries.get(path) ?? { offset: 0, size: 0 }).stream();
  }

  /** A part of a file cannot be linked. */
  content(): ForeignContent | undefined {
    return undefined;
  }

  below(path: string): TarTree {
    const prefix = path === '' ? '' : `${path}/`;
    const entries = [...this.#entries].filter(([name]) => name.startsWith(prefix));
    return new TarTree(this.name, new Map(entries.map(([name, entry]) => [name.slice(prefix.length), entry])));
  }

  #slice({ offset, size }: Entry): Blob {
    return Bun.file(this.name).slice(offset, offset + size);
  }
}

/** @see POSIX.1-2017 pax, ustar Interchange Format; and GNU tar's long names. */
async function entriesOf(path: string): Promise<ReadonlyMap<string, Entry>> {
  const handle = await open(path, 'r');
  try {
    const { size: end } = await handle.stat();
    const entries = new Map<string, Entry>();
    let pax: PaxRecords = {};
    for (let at = 0; at + BLOCK <= end;) {
      const header = await bytesAt(at, BLOCK);
      if (header.every((byte) => byte === 0)) break;
      const { name, type, ...said } = parseHeader(header, path);
      const size = pax.size ?? said.size;
      if (!Number.isSafeInteger(size)) throw new MovingError(`${path} is no tar archive that can be read.`);
      const offset = at + BLOCK;
      if (offset + size > end) throw new MovingError(`${path} ends in the middle of ${name}.`);
      if (type === 'L' || type === 'x') pax = recordsIn(await bytesAt(offset, Math.min(size, LONGEST_NAME)), type);
      else {
        if (type === '0' || type === '\0') entries.set(normalized(pax.name ?? name), { offset, size });
        pax = {};
      }
      if (entries.size > MOST_ENTRIES) throw new MovingError(`${path} has more than ${MOST_ENTRIES} files.`);
      at = offset + Math.ceil(size / BLOCK) * BLOCK;
    }
    return entries;
  } finally {
    await handle.close();
  }

  async function bytesAt(position: number, length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  }
}

function parseHeader(header: Uint8Array, path: string): { name: string; size: number; type: string } {
  if (header[0] === 0x1f && header[1] === 0x8b) throw new MovingError(`${path} is compressed: gunzip it first.`);
  if (textIn(header, 257, 5) !== 'ustar') throw new MovingError(`${path} is neither a folder nor a tar archive.`);
  const prefix = textIn(header, 257, 8) === 'ustar  ' ? '' : textIn(header, 345, 155);
  const name = textIn(header, 0, 100);
  const size = sizeIn(header);
  if (!Number.isSafeInteger(size) || size < 0) throw new MovingError(`${path} is no tar archive that can be read.`);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type: String.fromCharCode(header[156] ?? 0) };
}

/** Octal digits, or, above 8 GiB, a number in base 256 that its first bit announces. */
function sizeIn(header: Uint8Array): number {
  if (((header[124] ?? 0) & 0x80) === 0) return parseInt(textIn(header, 124, 12).trim() || '0', 8);
  return header.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
}

/** What an entry before another says of it, where its own header has no room: names, and sizes above 8 GiB. */
interface PaxRecords {
  readonly name?: string | undefined;
  readonly size?: number;
}

function recordsIn(bytes: Uint8Array, type: string): PaxRecords {
  const text = new TextDecoder().decode(bytes);
  if (type === 'L') return { name: text.replace(/\0.*$/s, '') };
  const size = /^\d+ size=(\d+)$/m.exec(text)?.[1];
  return { name: /^\d+ path=(.*)$/m.exec(text)?.[1], ...(size !== undefined && { size: Number(size) }) };
}

function textIn(header: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(header.subarray(start, start + length)).replace(/\0.*$/s, '');
}

function normalized(name: string): string {
  return name.replace(/^(?:\.?\/)+/, '');
}
