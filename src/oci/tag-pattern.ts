/** A set of tags, as rules write it. */
export interface TagPattern {
  readonly text: string;
  matches(tag: string): boolean;
}

/** The message is for the person who wrote the pattern. */
export class TagPatternInvalidError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** The longest tag, and some stars. */
const LONGEST_CHARACTERS = 256;

/**
 * Reads a pattern. `*` is any text, also none; `?` is one character; all else is itself: `v*` has `v1.2`, `release-??`
 * has `release-42`.
 *
 * Matching takes time in proportion to the pattern times the tag, whatever they are.
 *
 * @throws {TagPatternInvalidError}
 */
export function parseTagPattern(text: string): TagPattern {
  if (text === '') throw new TagPatternInvalidError('A tag pattern cannot be empty; * is every tag.');
  if (text.length > LONGEST_CHARACTERS) {
    throw new TagPatternInvalidError(`A tag pattern has at most ${LONGEST_CHARACTERS} characters.`);
  }
  const wrong = /[^\w.\-*?]/u.exec(text)?.[0];
  if (wrong !== undefined) {
    const shown = `${JSON.stringify(text)} has a ${JSON.stringify(wrong)}`;
    throw new TagPatternInvalidError(`The tag pattern ${shown}, which no tag has: * is any text, ? one character.`);
  }
  if (text === '*') return { text, matches: () => true };
  if (!/[*?]/.test(text)) return { text, matches: (tag) => tag === text };
  return { text, matches: (tag) => matchesPattern(text, tag) };
}

/** Goes back only to the last `*`, and lets it take one more: an earlier one could take nothing that the last cannot. */
function matchesPattern(pattern: string, tag: string): boolean {
  let patternAt = 0;
  let tagAt = 0;
  let retryPattern = -1;
  let retryTag = 0;
  while (tagAt < tag.length) {
    const wanted = pattern[patternAt];
    if (wanted === '*') {
      patternAt++;
      retryPattern = patternAt;
      retryTag = tagAt;
    } else if (wanted === '?' || wanted === tag[tagAt]) {
      patternAt++;
      tagAt++;
    } else if (retryPattern !== -1) {
      retryTag++;
      tagAt = retryTag;
      patternAt = retryPattern;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt++;
  return patternAt === pattern.length;
}
