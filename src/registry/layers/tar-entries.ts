import { ByteReader } from './byte-reader.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo' | 'other';

/** A file in an archive, without its content. */
export interface TarEntry {
  readonly path: string;
  readonly type: TarType;
  /** Bytes. */
  readonly size: number;
  /** Permissions, such as 0o755. */
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly linkTarget: string | null;
}

/** What is read is no archive, or is damaged from here on. */
export class TarDamagedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

const BLOCK = 512;

/** Of a long name, or of extended headers: Linux has names of 4096 bytes at most. */
const MOST_HEADER_BYTES = 64 * 1024;

const TYPES: ReadonlyMap<string, TarType> = new Map([
  ['\0', 'file'],
  ['0', 'file'],
  ['7', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'device'],
  ['4', 'device'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

/** What headers before an entry say of it, instead of its own. */
type Overrides = Partial<Record<'path' | 'linkpath' | 'size' | 'mtime', string>>;

/**
 * The entries of a tar archive in order: ustar, with the extensions of GNU and of pax. Contents are passed over.
 *
 * @throws {TarDamagedError}
 * @see POSIX.1-2017, pax §ustar Interchange Format
 */
export async function* tarEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void> {
  const reader = new ByteReader(chunks);
  let overrides: Overrides = {};
  for (;;) {
    const block = await reader.read(BLOCK);
    // Some archives lack the two empty blocks at their end.
    if (block.every((byte) => byte === 0)) return;
    if (block.length < BLOCK) throw new TarDamagedError('the archive ends within a header');
    checkSum(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    const size = numberAt(block, 124, 12);
    if ('LKxg'.includes(flag)) {
      const text = await readText(reader, size);
      if (flag === 'L') overrides = { ...overrides, path: untilNull(text) };
      if (flag === 'K') overrides = { ...overrides, linkpath: untilNull(text) };
      if (flag === 'x') overrides = { ...overrides, ...paxRecords(text) };
      continue;
    }
    const entry = entryOf(block, flag, overrides);
    overrides = {};
    yield entry;
    const length = entry.type === 'file' || entry.type === 'other' ? entry.size : 0;
    if (!(await reader.skip(padded(length)))) throw new TarDamagedError('the archive ends within a file');
  }
}

function entryOf(block: Uint8Array, flag: string, { path, linkpath, size, mtime }: Overrides): TarEntry {
  const type = TYPES.get(flag) ?? 'other';
  const prefix = textAt(block, 257, 5) === 'ustar' && block[262] === 0 ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const isLink = type === 'symlink' || type === 'hardlink';
  return {
    path: path ?? (prefix === '' ? name : `${prefix}/${name}`),
    type,
    size: size === undefined ? numberAt(block, 124, 12) : decimal(size),
    mode: numberAt(block, 100, 8) % 0o10000,
    modified: mtime === undefined ? numberAt(block, 136, 12) : Math.trunc(decimal(mtime)),
    linkTarget: isLink ? (linkpath ?? textAt(block, 157, 100)) : null,
  };
}

async function readText(reader: ByteReader, size: number): Promise<string> {
  if (size > MOST_HEADER_BYTES) throw new TarDamagedError('a header is too long');
  const bytes = await reader.read(padded(size));
  if (bytes.length < size) throw new TarDamagedError('the archive ends within a header');
  return new TextDecoder().decode(bytes.subarray(0, size));
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** Lines of `length key=value`. */
function paxRecords(text: string): Overrides {
  const records: Overrides = {};
  for (const line of text.split('\n')) {
    const match = /^\d+ (path|linkpath|size|mtime)=(.*)$/.exec(line);
    if (match !== null) records[match[1] as keyof Overrides] = match[2] ?? '';
  }
  return records;
}

function decimal(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new TarDamagedError('a number is none');
  }
  return value;
}

/** Octal; or, where its first bit is set, in base 256, as GNU writes large ones. */
function numberAt(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) {
    const text = textAt(block, offset, length).trim();
    if (!/^[0-7]*$/.test(text)) throw new TarDamagedError('a number is not octal');
    return text === '' ? 0 : Number.parseInt(text, 8);
  }
  let value = (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (value > Number.MAX_SAFE_INTEGER) throw new TarDamagedError('a number is too large');
  return value;
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  return untilNull(new TextDecoder().decode(block.subarray(offset, offset + length)));
}

function untilNull(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** The bytes of the header added up, its own sum taken for spaces. */
function checkSum(block: Uint8Array): void {
  let sum = 0;
  for (const [place, byte] of block.entries()) sum += place >= 148 && place < 156 ? 0x20 : byte;
  if (sum !== numberAt(block, 148, 8)) throw new TarDamagedError('a header has another sum');
}
