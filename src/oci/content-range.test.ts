import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { formatUploadRange, parseContentRange } from './content-range.ts';
import { SizeInvalidError } from './errors.ts';

describe('parseContentRange', () => {
  const taken = [
    ['0-99', { first: 0, last: 99 }],
    ['5-5', { first: 5, last: 5 }],
    ['bytes 0-99/*', { first: 0, last: 99 }],
    ['bytes 0-99/100', { first: 0, last: 99 }],
    ['0-99/200', { first: 0, last: 99 }],
    [' 0-99 ', { first: 0, last: 99 }],
  ] as const;
  for (const [header, range] of taken) {
    it(`takes ${header}`, () => expect(parseContentRange(header)).toEqual(range));
  }

  const refused = [
    '',
    '-',
    '0-',
    '-5',
    '0--1',
    '5-4',
    'bytes=0-99',
    'bytes */100',
    'bytes 0-99/99',
    '0-99/',
    '+0-9',
    '0x0-0x9',
    '0-9,10-19',
    '0-99\n1',
    '0-99\0',
    '9007199254740991-9007199254740992',
    `0-${'9'.repeat(400)}`,
    '٠-١',
  ];
  for (const header of refused) {
    it(`refuses ${JSON.stringify(header.slice(0, 40))}`, () => {
      expect(() => parseContentRange(header)).toThrow(SizeInvalidError);
    });
  }

  it('reads or refuses anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789-/* bytes')) }), (header) => {
        try {
          const { first, last } = parseContentRange(header);
          expect(last).toBeGreaterThanOrEqual(first);
        } catch (error) {
          expect(error).toBeInstanceOf(SizeInvalidError);
        }
      }),
    );
  });
});

describe('formatUploadRange', () => {
  it('ends at the last byte received', () => expect(formatUploadRange(100)).toBe('0-99'));
  it('is 0-0 after one byte', () => expect(formatUploadRange(1)).toBe('0-0'));
  it('is never 0--1', () => expect(formatUploadRange(0)).toBe('0-0'));
});
