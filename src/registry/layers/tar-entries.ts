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
const LINE_FEED = 0x0a;

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
    if ('LKxg'.includes(flag)) {
      const bytes = await readHeader(reader, countAt(block, 124, 12));
      if (flag === 'L') overrides = { ...overrides, path: untilNull(textOf(bytes)) };
      if (flag === 'K') overrides = { ...overrides, linkpath: untilNull(textOf(bytes)) };
      if (flag === 'x') overrides = { ...overrides, ...paxRecords(bytes) };
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
    size: size === undefined ? countAt(block, 124, 12) : decimal(size, /^\d+$/),
    mode: countAt(block, 100, 8) % 0o10000,
    modified: mtime === undefined ? numberAt(block, 136, 12) : Math.trunc(decimal(mtime, /^-?\d+(?:\.\d*)?$/)),
    linkTarget: isLink ? (linkpath ?? textAt(block, 157, 100)) : null,
  };
}

async function readHeader(reader: ByteReader, size: number): Promise<Uint8Array> {
  if (size > MOST_HEADER_BYTES) throw new TarDamagedError('a header is too long');
  const bytes = await reader.read(padded(size));
  if (bytes.length < size) throw new TarDamagedError('the archive ends within a header');
  return bytes.subarray(0, size);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

const OVERRIDES: ReadonlySet<string> = new Set(['path', 'linkpath', 'size', 'mtime'] satisfies (keyof Overrides)[]);

/** Of `length key=value`, each as many bytes as it says, its line feed among them: a value may have others. */
function paxRecords(bytes: Uint8Array): Overrides {
  const records: Overrides = {};
  for (let rest = bytes; rest.length > 0;) {
    const [, digits = ''] = /^(\d{1,6}) /.exec(textOf(rest.subarray(0, 7))) ?? [];
    const length = Number(digits);
    if (length <= digits.length + 1 || length > rest.length || rest[length - 1] !== LINE_FEED) {
      throw new TarDamagedError('a record has another length');
    }
    const record = textOf(rest.subarray(digits.length + 1, length - 1));
    const end = record.indexOf('=');
    if (OVERRIDES.has(record.slice(0, end))) records[record.slice(0, end) as keyof Overrides] = record.slice(end + 1);
    rest = rest.subarray(length);
  }
  return records;
}

function decimal(text: string, form: RegExp): number {
  const value = Number(text);
  if (!form.test(text) || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new TarDamagedError('a number is none');
  return value;
}

function countAt(block: Uint8Array, offset: number, length: number): number {
  const count = numberAt(block, offset, length);
  if (count < 0) throw new TarDamagedError('a number is negative');
  return count;
}

/** Octal; or, where its first bit is set, in base 256 as a two's complement, as GNU writes large and negative ones. */
function numberAt(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) {
    const text = textAt(block, offset, length).trim();
    if (!/^[0-7]*$/.test(text)) throw new TarDamagedError('a number is not octal');
    return text === '' ? 0 : Number.parseInt(text, 8);
  }
  const isNegative = ((field[0] ?? 0) & 0x40) !== 0;
  const digits = isNegative ? field.map((byte) => ~byte) : field;
  let value = (digits[0] ?? 0) & 0x7f;
  for (const digit of digits.subarray(1)) value = value * 256 + digit;
  if (value >= Number.MAX_SAFE_INTEGER) throw new TarDamagedError('a number is too large');
  return isNegative ? -value - 1 : value;
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  return untilNull(textOf(block.subarray(offset, offset + length)));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
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
