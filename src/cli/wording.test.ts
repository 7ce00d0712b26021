import { describe, expect, it } from 'bun:test';
import { table } from './table.ts';
import { counted, durationInWords, rulesInWords, sizeBothWays, sizeInWords, timeInWords } from './wording.ts';

describe('a size, in words', () => {
  const cases = [
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [3_565_158, '3.4 MiB'],
    [10 * 1024 ** 2, '10 MiB'],
    [1024 ** 5 * 2000, '2000 PiB'],
  ] as const;
  for (const [bytes, expected] of cases) it(`${bytes}`, () => expect(sizeInWords(bytes)).toBe(expected));

  it('is exact too where it is rounded', () => {
    expect(sizeBothWays(3_565_158)).toBe('3.4 MiB (3,565,158 bytes)');
    expect(sizeBothWays(17)).toBe('17 bytes');
  });
});

it('counts one and many', () => {
  expect([0, 1, 1234].map((count) => counted(count, 'blob'))).toEqual(['0 blobs', '1 blob', '1,234 blobs']);
});

it('says durations in the largest unit that is exact', () => {
  const words = [0, 1, 90, 5400, 3600, 86_400, 172_800].map(durationInWords);
  expect(words).toEqual(['0 seconds', '1 second', '90 seconds', '90 minutes', '1 hour', '1 day', '2 days']);
});

it('says times in UTC', () => expect(timeInWords('2026-12-31T08:00:59+02:00')).toBe('2026-12-31 06:00 UTC'));

it('says rules as one sentence', () => {
  const rules = [
    { pattern: 'team/**', actions: ['pull', 'push'] },
    { pattern: 'base', actions: ['pull'] },
  ];
  expect(rulesInWords(rules)).toBe('pull, push in team/**, and pull in base');
});

describe('a table', () => {
  it('aligns wide characters, and has no blanks at the end of a line', () => {
    expect(
      table(
        ['name', 'x'],
        [
          ['é', '1'],
          ['日本', ''],
          ['abc', '2'],
        ],
      ),
    ).toBe('NAME  X\né     1\n日本\nabc   2');
  });

  it('keeps what comes from a server from moving the cursor', () => {
    expect(table(['name'], [['a\u001B[2Jb\nc']])).toBe('NAME\na\uFFFD[2Jb\uFFFDc');
  });
});
