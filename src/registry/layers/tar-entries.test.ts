import { describe, expect, it } from 'bun:test';
import { TarDamagedError, tarEntries, type TarEntry } from './tar-entries.ts';

const TEXT = new TextEncoder();

interface Fields {
  readonly flag?: string;
  readonly size?: number;
  readonly modified?: readonly number[];
  readonly sizeBytes?: readonly number[];
}

function header(name: string, { flag = '0', size = 0, modified, sizeBytes }: Fields = {}): Uint8Array {
  const block = new Uint8Array(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.set(TEXT.encode(name), 0);
  block.set(TEXT.encode(octal(0o644, 7)), 100);
  block.set(sizeBytes ?? TEXT.encode(octal(size, 11)), 124);
  block.set(modified ?? TEXT.encode(octal(0, 11)), 136);
  block.set(TEXT.encode('        '), 148);
  block.set(TEXT.encode(flag), 156);
  block.set(TEXT.encode('ustar\x0000'), 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.set(TEXT.encode(`${octal(sum, 6)} `), 148);
  return block;
}

/** An extended header, and the file that it is of. */
function withRecords(records: string): readonly Uint8Array[] {
  const bytes = TEXT.encode(records);
  const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  padded.set(bytes);
  return [header('PaxHeaders', { flag: 'x', size: bytes.length }), padded, header('own')];
}

async function entriesOf(blocks: readonly Uint8Array[]): Promise<readonly TarEntry[]> {
  return await Array.fromAsync(tarEntries(inOneChunk(Buffer.concat([...blocks, new Uint8Array(1024)]))));
}

async function* inOneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

const failureOf = async (blocks: readonly Uint8Array[]): Promise<unknown> =>
  await entriesOf(blocks).catch((error: unknown) => error);

describe('records of an extended header', () => {
  it('are as long as they say, whatever lines they have', async () => {
    const [entry] = await entriesOf(withRecords('23 path=x\n11 path=good\n'));
    expect(entry?.path).toBe('x\n11 path=good');
    const [other] = await entriesOf(withRecords('14 path=grün\n20 mtime=-1700000.5\n13 other=a=b\n'));
    expect(other).toMatchObject({ path: 'grün', modified: -1_700_000 });
  });

  it.each(['12 path=good\n', '8 path=x\n', '10 path=xyz\n', '0 path=x\n', 'path=x\n', '99 path=x\n', '2 \n'])(
    'are damage where they are not as long as they say: %j',
    async (records) => {
      expect(await failureOf(withRecords(records))).toBeInstanceOf(TarDamagedError);
    },
  );

  it.each(['11 size=-1\n', '12 size=1.5\n', '12 size=1e3\n', '12 size=0x1\n', '8 size=\n', '13 mtime=0x1\n'])(
    'are damage where they say a number that is none: %j',
    async (records) => {
      expect(await failureOf(withRecords(records))).toBeInstanceOf(TarDamagedError);
    },
  );
});

describe('a number in base 256', () => {
  const negative = (last: number): readonly number[] => [...Array.from({ length: 11 }, () => 0xff), last];

  it('may be negative where it is a time', async () => {
    const [entry] = await entriesOf([header('old', { modified: negative(0xfe) })]);
    expect(entry?.modified).toBe(-2);
  });

  it('is damage where it is a negative size', async () => {
    expect(await failureOf([header('odd', { sizeBytes: negative(0xff) })])).toBeInstanceOf(TarDamagedError);
  });
});
