import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { parseRepositoryPattern, PatternInvalidError } from './repository-pattern.ts';

describe('parseRepositoryPattern', () => {
  const cases = [
    // pattern, has, has not
    ['team/app', ['team/app'], ['team', 'team/app/x', 'team/apps', 'x/team/app']],
    ['*', ['a', 'a-b'], ['a/b']],
    ['**', ['a', 'a/b', 'a/b/c'], []],
    ['team/*', ['team/a', 'team/b.c'], ['team', 'team/a/b', 'teams/a']],
    ['team/**', ['team/a', 'team/a/b/c'], ['team', 'teams/a', 'x/team/a']],
    ['*/app', ['a/app', 'b/app'], ['app', 'a/b/app', 'a/apps']],
    ['**/app', ['a/app', 'a/b/app'], ['app', 'a/app/b']],
    ['a/**/z', ['a/b/z', 'a/b/c/z', 'a/z/z'], ['a/z', 'a/b', 'a/b/z/c']],
    ['a/**/b/**/c', ['a/x/b/y/c', 'a/b/b/b/b/c', 'a/x/b/b/c'], ['a/b/c', 'a/x/b/c', 'a/x/y/c']],
    ['**/*', ['a/b', 'a/b/c'], ['a']],
    ['team-*', ['team-a', 'team-a-b'], ['team', 'team-a/b']],
    ['*-prod', ['a-prod', 'a-b-prod'], ['prod', 'a-prod-b']],
    ['a*b*c', ['abc', 'axbxc', 'abbcc'], ['ab', 'ac', 'abcd', 'a/b/c']],
    ['ab*ba', ['abba', 'abxba'], ['aba']],
    ['a.b', ['a.b'], ['axb', 'a-b']],
    ['a*/**', ['ab/c', 'ab/c/d', 'a/b'], ['a', 'b/c']],
  ] as const;
  for (const [text, has, hasNot] of cases) {
    it(text, () => {
      const pattern = parseRepositoryPattern(text);
      expect(pattern.text).toBe(text);
      for (const name of has) expect([name, pattern.matches(name)]).toEqual([name, true]);
      for (const name of hasNot) expect([name, pattern.matches(name)]).toEqual([name, false]);
    });
  }

  const refused = [
    ['', '** is every repository'],
    ['Team/*', 'lowercase'],
    ['/a', 'empty part'],
    ['a/', 'empty part'],
    ['a//b', 'empty part'],
    ['a**', 'stands alone'],
    ['***', 'stands alone'],
    ['a b', 'no repository name has this character'],
    ['a?', 'no repository name has this character'],
    ['a[bc]', 'no repository name has this character'],
    ['a\0', 'no repository name has this character'],
    ['a'.repeat(256), 'at most 255'],
  ] as const;
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))} and says why`, () => {
      expect(() => parseRepositoryPattern(text)).toThrow(PatternInvalidError);
      expect(() => parseRepositoryPattern(text)).toThrow(message);
    });
  }

  it('answers at once, whatever pattern meets whatever name', () => {
    expect(parseRepositoryPattern(`${'*a'.repeat(60)}*b/**`).matches(`${'a'.repeat(240)}/c`)).toBe(false);
    expect(parseRepositoryPattern(`${'**/a/'.repeat(40)}b`).matches('a/'.repeat(120).slice(0, -1))).toBe(false);
  });

  it('agrees with a regular expression', () => {
    const segment = fc.oneof(fc.constant('**'), fc.stringMatching(/^(\*?[ab]{0,2}){1,3}$/)).filter((text) => {
      return text !== '' && (text === '**' || !text.includes('**'));
    });
    const patterns = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    const names = fc
      .array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(patterns, names, (text, name) => {
        const source = text
          .split('/')
          .map((part) => (part === '**' ? '[^/]+(?:/[^/]+)*' : part.replaceAll('*', '[^/]*')))
          .join('/');
        expect(parseRepositoryPattern(text).matches(name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
  });
});
