import fc from 'fast-check';
import { describe, expect, it } from 'bun:test';
import { parseDuration, parseSize } from './amounts.ts';
import { globTest, PatternInvalidError, regexTest, valueTest } from './pattern.ts';
import { starMatcher } from './star-pattern.ts';
import { isVersionRange, versionTest } from './version-range.ts';

describe('a pattern of ECR', () => {
  it('matches as the expression that says the same', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, letters, (stars, text) => {
        const escaped = stars.replaceAll('.', String.raw`\.`).replaceAll('*', '.*');
        expect(starMatcher(stars)(text)).toBe(new RegExp(`^${escaped}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a glob', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*', ['app', ''], ['team/app']],
    ['**', ['app', 'team/app'], []],
    ['team/*', ['team/app'], ['team/app/cache', 'team']],
    ['team/**', ['team/app', 'team/app/cache'], ['team', 'teams/app']],
    ['**/app', ['app', 'team/app', 'a/b/app'], ['team/apps']],
    ['v?.{1,2}', ['v1.1', 'v2.2'], ['v10.1', 'v1.3']],
    ['[a-c]x', ['ax', 'cx'], ['dx']],
    ['[!a-c]x', ['dx'], ['ax']],
    ['a.b', ['a.b'], ['axb']],
    [String.raw`a\*`, ['a*'], ['ab']],
    ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b', 'ad']],
  ];
  for (const [glob, matching, others] of cases) {
    it(`${glob} matches ${matching.join(', ')} and not ${others.join(', ')}`, () => {
      expect(matching.filter((text) => !globTest(glob)(text))).toEqual([]);
      expect(others.filter((text) => globTest(glob)(text))).toEqual([]);
    });
  }

  it('of a value takes / for a letter', () => {
    expect(valueTest('https://*/b?c')('https://host/a/b/c')).toBe(true);
  });

  it('that is not closed is refused', () => {
    for (const glob of ['[a', '{a,b', 'a\\', '[]']) expect(() => globTest(glob)).toThrow(PatternInvalidError);
  });
});

describe('an expression', () => {
  it('is anchored as a whole, or not at all', () => {
    expect(regexTest('a|b', { isAnchored: true })('ab')).toBe(false);
    expect(regexTest('a|b', { isAnchored: false })('xbx')).toBe(true);
  });

  it('that others take hours for is linear', () => {
    expect(regexTest('(a+)+$', { isAnchored: true })(`${'a'.repeat(5000)}b`)).toBe(false);
  });

  it('cannot look ahead', () => {
    expect(() => regexTest('(?=a)', { isAnchored: true })).toThrow(PatternInvalidError);
  });
});

describe('a range of versions', () => {
  it('is checked, since Bun takes what it cannot read for every version', () => {
    const ranges = [
      '*',
      '1',
      '1.x',
      '^1.2',
      '~1.2.3',
      '>=1.2 <2',
      '>= 1.2.3',
      '1.2 - 2.3',
      '^1 || ^2.0.0-0',
      '=v1.2.3',
    ];
    expect(ranges.filter((range) => !isVersionRange(range))).toEqual([]);
    expect(['', 'latest', '>=', '1.2.3.4', '^1 ||', 'v'].filter(isVersionRange)).toEqual([]);
  });

  it('is met by whole versions only', () => {
    const test = versionTest('>=1.2 <2');
    expect(['v1.2.0', '1.9.9', '1.2.3_build', '1.2', 'v2.0.0', '1.3.0-rc.1', 'latest'].filter(test)).toEqual([
      'v1.2.0',
      '1.9.9',
      '1.2.3_build',
    ]);
  });
});

describe('an amount', () => {
  it('is a duration', () => {
    expect(['30d', '12h', '1d12h', '1.5h', '2w', '90m', '10s'].map((text) => parseDuration(text))).toEqual([
      2_592_000_000, 43_200_000, 129_600_000, 5_400_000, 1_209_600_000, 5_400_000, 10_000,
    ]);
    expect(
      ['', '3', '3x', 'd', '-3d', '3 d'].map((text) => parseDuration(text)).every((one) => one === undefined),
    ).toBe(true);
    expect(parseDuration('7d', ['h', 'm', 's'])).toBeUndefined();
  });

  it('is a size', () => {
    expect(['1024', '1KiB', '50 GiB', '1.5MB', '2gb'].map(parseSize)).toEqual([
      1024, 1024, 53_687_091_200, 1_500_000, 2e9,
    ]);
    expect(['', 'GiB', '-1', '1XB'].map(parseSize)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
