import { MAX_REPOSITORY_NAME_CHARACTERS } from './repository-name.ts';

/** A set of repositories, as grants and policies write it. */
export interface RepositoryPattern {
  readonly text: string;
  matches(repository: string): boolean;
}

/** The message is for the person who wrote the pattern. */
export class PatternInvalidError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

const ANY_SEGMENTS = '**';

/**
 * Reads a pattern. `*` is any text inside one part of a name, `**` is one or more whole parts, all else is itself:
 * `team/**` has `team/a` and `team/a/b`, and not `team`; `**` has everything.
 *
 * Matching takes time in proportion to the pattern times the name, whatever they are.
 *
 * @throws {PatternInvalidError}
 */
export function parseRepositoryPattern(text: string): RepositoryPattern {
  const segments = parseSegments(text);
  if (text === ANY_SEGMENTS) return { text, matches: () => true };
  if (!text.includes('*')) return { text, matches: (repository) => repository === text };
  const prefix = text.slice(0, -ANY_SEGMENTS.length);
  if (text.endsWith('/**') && !prefix.includes('*')) {
    return { text, matches: (repository) => repository.startsWith(prefix) };
  }
  return { text, matches: (repository) => matchesSegments(segments, repository.split('/')) };
}

function parseSegments(text: string): readonly string[] {
  if (text === '') throw new PatternInvalidError('A repository pattern cannot be empty; ** is every repository.');
  if (text.length > MAX_REPOSITORY_NAME_CHARACTERS) {
    throw new PatternInvalidError(`A repository pattern has at most ${MAX_REPOSITORY_NAME_CHARACTERS} characters.`);
  }
  const shown = JSON.stringify(text);
  const wrong = /[^a-z0-9._\-/*]/u.exec(text)?.[0];
  if (wrong !== undefined) {
    const reason = /[A-Z]/.test(wrong) ? 'repository names are lowercase' : 'no repository name has this character';
    throw new PatternInvalidError(`The repository pattern ${shown} has a ${JSON.stringify(wrong)}: ${reason}.`);
  }
  const segments = text.split('/');
  if (segments.includes('')) {
    throw new PatternInvalidError(`The repository pattern ${shown} has an empty part: a slash stands between parts.`);
  }
  if (segments.some((segment) => segment !== ANY_SEGMENTS && segment.includes(ANY_SEGMENTS))) {
    throw new PatternInvalidError(
      `The repository pattern ${shown} mixes ** with text: ** stands alone between slashes.`,
    );
  }
  return segments;
}

/**
 * Goes back only to the last `**` that took something, and lets it take one more: an earlier one could take nothing
 * that the last cannot.
 */
function matchesSegments(pattern: readonly string[], name: readonly string[]): boolean {
  let patternAt = 0;
  let nameAt = 0;
  let retryPattern = -1;
  let retryName = 0;
  while (nameAt < name.length) {
    const segment = pattern[patternAt];
    if (segment === ANY_SEGMENTS) {
      nameAt++;
      patternAt++;
      retryPattern = patternAt;
      retryName = nameAt;
    } else if (segment !== undefined && matchesText(segment, name[nameAt] ?? '')) {
      nameAt++;
      patternAt++;
    } else if (retryPattern !== -1) {
      retryName++;
      nameAt = retryName;
      patternAt = retryPattern;
    } else {
      return false;
    }
  }
  return patternAt === pattern.length;
}

/** As above, for the characters of one part; here `*` may take nothing. */
function matchesText(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
