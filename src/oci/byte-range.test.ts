import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { MAX_RANGES, parseRange } from './byte-range.ts';

const huge = '9'.repeat(400);

describe('parseRange, of 2,048 bytes', () => {
  const cases = [
    ['no header', null, undefined],
    ['no header, in fetch', undefined, undefined],
    ['both ends', 'bytes=500-1499', { first: 500, last: 1499 }],
    ['one byte', 'bytes=0-0', { first: 0, last: 0 }],
    ['open end', 'bytes=500-', { first: 500, last: 2047 }],
    ['last n bytes', 'bytes=-500', { first: 1548, last: 2047 }],
    ['end past the end', 'bytes=2000-5000', { first: 2000, last: 2047 }],
    ['more last bytes than there are', 'bytes=-5000', { first: 0, last: 2047 }],
    ['a huge end', `bytes=1-${huge}`, { first: 1, last: 2047 }],
    ['huge last bytes', `bytes=-${huge}`, { first: 0, last: 2047 }],
    ['unit in upper case', 'Bytes=0-1', { first: 0, last: 1 }],
    ['spaces', 'bytes= 0-1 ', { first: 0, last: 1 }],
    ['leading zeros', 'bytes=00-01', { first: 0, last: 1 }],
    ['end before start', 'bytes=500-0', 'unsatisfiable'],
    ['start at the end', 'bytes=2048-', 'unsatisfiable'],
    ['start past the end', 'bytes=5000-10000', 'unsatisfiable'],
    ['a huge start', `bytes=${huge}-`, 'unsatisfiable'],
    ['the last 0 bytes', 'bytes=-0', 'unsatisfiable'],
    ['nothing', '', undefined],
    ['only the unit', 'bytes=', undefined],
    ['no numbers', 'bytes=-', undefined],
    ['another unit', 'lines=0-1', undefined],
    ['no unit', '0-1', undefined],
    ['a sign', 'bytes=+0-1', undefined],
    ['two minus signs', 'bytes=0--1', undefined],
    ['a fraction', 'bytes=0.5-1', undefined],
    ['an exponent', 'bytes=1e1-2e1', undefined],
    ['hexadecimal', 'bytes=0x0-0x1', undefined],
    ['digits that are not ASCII', 'bytes=٠-١', undefined],
    ['a newline', 'bytes=0-1\n', undefined],
    ['an empty range in a list', 'bytes=0-1,', undefined],
    ['garbage in a list', 'bytes=0-1,x', undefined],
    [
      'several',
      'bytes=0-1, 4-5,-1',
      [
        { first: 0, last: 1 },
        { first: 4, last: 5 },
        { first: 2047, last: 2047 },
      ],
    ],
    ['several of which one is there', 'bytes=9999-,4-5', { first: 4, last: 5 }],
    ['several of which none is there', 'bytes=9999-,5-4', 'unsatisfiable'],
    ['overlaps worth more than the content', 'bytes=0-,0-', undefined],
  ] as const;
  for (const [name, header, expected] of cases) {
    it(name, () => expect<unknown>(parseRange(header, 2_048)).toEqual(expected));
  }

  it('serves as many ranges as it says, and all of the content for more', () => {
    const list = (count: number): string => `bytes=${Array.from({ length: count }, (_, at) => `${at}-${at}`).join()}`;
    expect(parseRange(list(MAX_RANGES), 2_048)).toHaveLength(MAX_RANGES);
    expect(parseRange(list(MAX_RANGES + 1), 2_048)).toBeUndefined();
    expect(parseRange(list(100_000), 2_048)).toBeUndefined();
  });
});

describe('parseRange, of an empty blob', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0']) {
    it(header, () => expect(parseRange(header, 0)).toBe('unsatisfiable'));
  }
});

describe('parseRange, of anything', () => {
  const number = fc.oneof(fc.nat(30).map(String), fc.constant(''), fc.bigInt(0n, 10n ** 40n).map(String));
  const spec = fc.tuple(number, number).map(([from, to]) => `${from}-${to}`);
  const headers = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('bytes=0123456789-, \t')) }).map((text) => `bytes=${text}`),
    fc.array(spec, { maxLength: 80 }).map((specs) => `bytes=${specs.join()}`),
  );

  it('gives only bytes that exist, and never more than the content', () => {
    fc.assert(
      fc.property(headers, fc.nat(20), (header, sizeBytes) => {
        const result = parseRange(header, sizeBytes);
        if (result === undefined || result === 'unsatisfiable') return;
        const ranges = 'first' in result ? [result] : result;
        for (const { first, last } of ranges) {
          expect(first).toBeGreaterThanOrEqual(0);
          expect(last).toBeGreaterThanOrEqual(first);
          expect(last).toBeLessThan(sizeBytes);
        }
        expect(ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)).toBeLessThanOrEqual(sizeBytes);
        if (!('first' in result)) expect(result.length).toBeWithin(2, MAX_RANGES + 1);
      }),
    );
  });

  it('gives what slice gives, for one range', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(20), (first, last, sizeBytes) => {
        const bytes = Array.from({ length: sizeBytes }, (_, at) => at);
        const wanted = bytes.slice(first, last + 1);
        const range = parseRange(`bytes=${first}-${last}`, sizeBytes);
        if (wanted.length === 0) expect(range).toBe('unsatisfiable');
        else expect(range).toEqual({ first, last: first + wanted.length - 1 });
      }),
    );
  });
});
