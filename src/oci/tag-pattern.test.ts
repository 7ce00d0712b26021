import { describe, expect, it } from 'bun:test';
import { parseTagPattern, TagPatternInvalidError } from './tag-pattern.ts';

describe('a tag pattern', () => {
  const cases = [
    ['*', 'anything', true],
    ['latest', 'latest', true],
    ['latest', 'latest-2', false],
    ['v*', 'v1.2', true],
    ['v*', 'v', true],
    ['v*', 'rv1', false],
    ['*-rc*', 'v1-rc2', true],
    ['*-rc*', 'v1', false],
    ['v?', 'v1', true],
    ['v?', 'v12', false],
    ['*a*b', 'xaybab', true],
    ['*a*b', 'xaba', false],
    ['v*.*.*', 'v1.2', false],
    ['v.1', 'vx1', false],
  ] as const;
  for (const [pattern, tag, expected] of cases) {
    it(`${pattern} ${expected ? 'has' : 'has not'} ${tag}`, () => {
      expect(parseTagPattern(pattern).matches(tag)).toBe(expected);
    });
  }

  it('is matched in little time, however it is written', () => {
    expect(parseTagPattern('*a'.repeat(64)).matches('a'.repeat(127) + 'b')).toBe(false);
  });

  for (const wrong of ['', 'a/b', 'v{1,2}', '[0-9]*', 'a b', '*'.repeat(257)]) {
    it(`is refused as ${JSON.stringify(wrong.slice(0, 20))}`, () => {
      expect(() => parseTagPattern(wrong)).toThrow(TagPatternInvalidError);
    });
  }
});
