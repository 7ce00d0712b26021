import { versionOf } from './version-tags.ts';

const NUMBER = String.raw`(?:\d+|[xX*])`;
const PARTIAL = String.raw`v?${NUMBER}(?:\.${NUMBER}){0,2}(?:-[0-9A-Za-z.-]+)?`;
const COMPARATOR = String.raw`(?:[<>]=?|=|~|\^)?\s*${PARTIAL}`;
const HYPHEN = String.raw`${PARTIAL}\s+-\s+${PARTIAL}`;
const SET = String.raw`\s*(?:${HYPHEN}|${COMPARATOR}(?:\s+${COMPARATOR})*)\s*`;
/** What npm calls a range. Checked here, because `Bun.semver` takes anything else for "every version". */
const RANGE = new RegExp(String.raw`^${SET}(?:\|\|${SET})*$`);
const MAX_LENGTH = 256;

export function isVersionRange(text: string): boolean {
  return text.length <= MAX_LENGTH && RANGE.test(text);
}

/**
 * Is the tag a version within the range? Versions before a release (`2.0.0-rc.1`) are only within ranges that name one.
 *
 * @see https://github.com/npm/node-semver#ranges
 */
export function versionTest(range: string): (tag: string) => boolean {
  return (tag) => {
    const version = versionOf(tag);
    return version !== undefined && Bun.semver.satisfies(version, range);
  };
}
