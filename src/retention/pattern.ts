import { RE2JS } from 're2js';
import { starMatcher } from './star-pattern.ts';

export type TextTest = (text: string) => boolean;

/** A pattern nobody can match with. The message says what is wrong with it. */
export class PatternInvalidError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatternInvalidError';
  }
}

/**
 * A regular expression of RE2 (Go's syntax): the time it takes grows with the text and with nothing else, whatever a
 * policy holds.
 *
 * @throws {PatternInvalidError} not an expression of RE2.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function regexTest(pattern: string, { isAnchored }: { readonly isAnchored: boolean }): TextTest {
  try {
    // The group keeps `^` and `$` outside of an alternation.
    const compiled = RE2JS.compile(isAnchored ? `\\A(?:${pattern})\\z` : pattern);
    return (text) => compiled.test(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new PatternInvalidError(`not a regular expression of RE2: ${detail}`);
  }
}

/**
 * `*` any characters but `/`, `**` any at all, `?` one, `[a-z]` and `[!a-z]` one of a set, `{a,b}` one of several, `\` takes
 * the next as it is. Of the whole text.
 *
 * @throws {PatternInvalidError} a bracket that is not closed.
 */
export function globTest(pattern: string): TextTest {
  // Most patterns hold only stars, and most texts no slash.
  const plain = /[?[\]{}\\/]/.test(pattern) ? undefined : starMatcher(pattern);
  const test = regexTest(regexOfGlob(pattern, '[^/]'), { isAnchored: true });
  return (text) => (plain === undefined || text.includes('/') ? test(text) : plain(text));
}

/** As {@link globTest}, for texts in which `/` means nothing, such as the values of labels. */
export function valueTest(pattern: string): TextTest {
  return regexTest(`(?s:${regexOfGlob(pattern, '.')})`, { isAnchored: true });
}

/** @param one what `?` stands for, and `*` for any number of. */
function regexOfGlob(pattern: string, one: string): string {
  let regex = '';
  let depth = 0;
  let at = 0;
  while (at < pattern.length) {
    const [part, length] = tokenAt(pattern.slice(at), one, depth);
    if (pattern[at] === '{') depth += 1;
    if (pattern[at] === '}' && depth > 0) depth -= 1;
    regex += part;
    at += length;
  }
  if (depth > 0) throw new PatternInvalidError('a { that is not closed');
  return regex;
}

/** The expression for what comes first, and how many characters it took. */
function tokenAt(rest: string, one: string, depth: number): readonly [string, number] {
  if (rest.startsWith('**/')) return ['(?:.*/)?', 3];
  if (rest.startsWith('**')) return ['.*', 2];
  const character = rest[0] ?? '';
  switch (character) {
    case '*':
      return [`${one}*`, 1];
    case '?':
      return [one, 1];
    case '{':
      return ['(?:', 1];
    case '}':
      return [depth > 0 ? ')' : '\\}', 1];
    case ',':
      return [depth > 0 ? '|' : ',', 1];
    case '[':
      return setAt(rest);
    case '\\':
      if (rest.length < 2) throw new PatternInvalidError('nothing follows the last \\');
      return [RE2JS.quote(rest[1] ?? ''), 2];
    default:
      return [RE2JS.quote(character), 1];
  }
}

function setAt(rest: string): readonly [string, number] {
  const end = rest.indexOf(']', 2);
  if (end < 0) throw new PatternInvalidError('a [ that is not closed');
  const isNegated = rest[1] === '!' || rest[1] === '^';
  const members = rest.slice(isNegated ? 2 : 1, end).replaceAll(/[\\[\]^&]/g, String.raw`\$&`);
  if (members === '') throw new PatternInvalidError('a [ ] with nothing in it');
  return [`[${isNegated ? '^' : ''}${members}]`, end + 1];
}
