import { describe, expect, it } from 'bun:test';
import { readCookie } from './cookies.ts';

describe('a cookie', () => {
  const cases = [
    ['havre=abc', 'abc'],
    ['a=1; havre=abc; b=2', 'abc'],
    ['a=1;havre=abc', 'abc'],
    ['havre=a=b', 'a=b'],
    ['havre=first; havre=second', 'first'],
    ['havre=', ''],
    ['nothavre=abc', undefined],
    ['Havre=abc', undefined],
    ['havre', undefined],
    ['', undefined],
  ] as const;
  for (const [header, expected] of cases) {
    it(`in ${JSON.stringify(header)} is ${expected ?? 'not there'}`, () => {
      expect(readCookie(new Headers({ cookie: header }), 'havre')).toBe(expected);
    });
  }

  it('is not there without the header', () => {
    expect(readCookie(new Headers(), 'havre')).toBeUndefined();
  });
});
