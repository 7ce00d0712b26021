import { describe, expect, it } from 'bun:test';
import { parseByteSize } from './byte-size.ts';

describe('a size in bytes', () => {
  const cases = [
    ['0', 0],
    ['1000', 1000],
    ['12 B', 12],
    ['10GiB', 10 * 1024 ** 3],
    ['10GB', 10_000_000_000],
    ['1.5 kib', 1536],
    ['2TiB', 2 * 1024 ** 4],
    ['9000000PiB', undefined],
    ['-1', undefined],
    ['ten', undefined],
    ['10 G', undefined],
    ['', undefined],
  ] as const;

  for (const [text, bytes] of cases) it(`of ${JSON.stringify(text)}`, () => expect(parseByteSize(text)).toBe(bytes));
});
