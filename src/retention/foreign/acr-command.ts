import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { didYouMean } from '../spelling.ts';

/** Flags of `acr purge`: what they take, and whether they say anything about what goes. */
const FLAGS: Readonly<Record<string, 'list' | 'text' | 'switch'>> = {
  filter: 'list',
  ago: 'text',
  keep: 'text',
  untagged: 'switch',
  'untagged-only': 'switch',
  'include-locked': 'switch',
  'dry-run': 'switch',
  concurrency: 'text',
  'filter-timeout-seconds': 'text',
  'repository-page-size': 'text',
  registry: 'text',
  username: 'text',
  password: 'text',
  config: 'text',
};
const SHORT: Readonly<Record<string, string>> = {
  f: 'filter',
  r: 'registry',
  u: 'username',
  p: 'password',
  c: 'config',
};

/**
 * The flags of a command line `acr purge --filter 'app:^v.*' --ago 7d`, as an object of the same names. It may stand in a
 * longer one, as tasks of Azure have it: `mcr.microsoft.com/acr/acr-cli:0.5 purge …`.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 */
export function flagsOfCommand(line: string): Record<string, unknown> {
  const words = wordsOf(line);
  const start = words.indexOf('purge');
  if (start < 0) throw new PolicyInvalidError([{ path: '', message: 'must be a command line "acr purge …"' }]);
  const problems: PolicyProblem[] = [];
  const flags: Record<string, unknown> = {};
  const rest = words.slice(start + 1);
  while (rest.length > 0) takeFlag(rest, flags, problems);
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return flags;
}

/** Takes a flag and its value off the words. */
function takeFlag(words: string[], flags: Record<string, unknown>, problems: PolicyProblem[]): void {
  const word = words.shift() ?? '';
  const [, dashes, written, given] = /^(--?)([A-Za-z-]+)(?:=([^]*))?$/.exec(word) ?? [];
  const name = dashes === '-' ? SHORT[written ?? ''] : written;
  const takes = name === undefined ? undefined : FLAGS[name];
  if (name === undefined || takes === undefined) {
    const isFlag = written !== undefined;
    const hint = isFlag ? didYouMean(written, Object.keys(FLAGS)) : '';
    // Its value belongs to it.
    if (isFlag && given === undefined && words[0]?.startsWith('-') === false) words.shift();
    problems.push({ path: word, message: isFlag ? `unknown flag${hint}` : 'a word that belongs to no flag' });
    return;
  }
  if (takes === 'switch') {
    flags[name] = given !== 'false';
    return;
  }
  const value = given ?? words.shift();
  if (value === undefined) problems.push({ path: word, message: 'needs a value' });
  else if (takes === 'list') flags[name] = [...(Array.isArray(flags[name]) ? flags[name] : []), value];
  else flags[name] = value;
}

/** As a shell takes a line apart: quotes, backslashes, and a backslash that continues the line. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  const pieces = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\\r?\n|\\([^])|([^\s'"\\]+)/g;
  let word: string | undefined;
  for (const [piece, single, double, escaped, plain] of line.matchAll(pieces)) {
    if (/^(?:\s|\\\r?\n)/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + (single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
    }
  }
  return word === undefined ? words : [...words, word];
}
