import type { Checker, JsonObject } from './checker.ts';

/** A selection as far as it could be read; `undefined` fields were wrong, and that has been said. */
export interface CheckedSelection {
  readonly tagStatus: string | undefined;
  readonly prefixes: readonly string[] | undefined;
  readonly patterns: readonly string[] | undefined;
  readonly storageClass: string | undefined;
  readonly countType: string | undefined;
}

const FIELDS = [
  'tagStatus',
  'tagPrefixList',
  'tagPatternList',
  'storageClass',
  'countType',
  'countUnit',
  'countNumber',
];

const COUNT_TYPES = ['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned'];
const MAX_STARS = 4;
/** Shortest stay in the archive that can be asked for, in days. */
const MIN_ARCHIVED_DAYS = 90;
/** What a tag is made of (distribution-spec); anything else in a prefix never matches. */
const IN_TAGS = /^[A-Za-z0-9_.-]*$/;

export function checkSelection(selection: unknown, path: string, checker: Checker): CheckedSelection | undefined {
  if (!checker.isObject(selection, path, FIELDS)) return undefined;
  const tagStatus = checker.oneOf(selection['tagStatus'], `${path}.tagStatus`, ['tagged', 'untagged', 'any']);
  const lists = checkLists({ selection, path, tagStatus }, checker);
  const countType = checker.oneOf(selection['countType'], `${path}.countType`, COUNT_TYPES);
  const given = selection['storageClass'];
  const storageClass =
    given === undefined ? 'standard' : checker.oneOf(given, `${path}.storageClass`, ['standard', 'archive']);
  checkStorageClass({ storageClass, countType, path }, checker);
  checkCount({ selection, countType, path }, checker);
  return { tagStatus, ...lists, storageClass, countType };
}

interface Lists {
  readonly prefixes: readonly string[] | undefined;
  readonly patterns: readonly string[] | undefined;
}

function checkLists(
  { selection, path, tagStatus }: { selection: JsonObject; path: string; tagStatus: string | undefined },
  checker: Checker,
): Lists {
  const { tagPrefixList, tagPatternList } = selection;
  if (tagStatus === 'untagged' || tagStatus === 'any') {
    for (const name of ['tagPrefixList', 'tagPatternList'].filter((field) => selection[field] !== undefined)) {
      checker.problem(`${path}.${name}`, `only allowed with "tagStatus": "tagged", not "${tagStatus}"`);
    }
    return { prefixes: undefined, patterns: undefined };
  }
  if (tagPrefixList !== undefined && tagPatternList !== undefined) {
    checker.problem(`${path}.tagPatternList`, 'use either tagPrefixList or tagPatternList, not both');
  }
  if (tagStatus === 'tagged' && tagPrefixList === undefined && tagPatternList === undefined) {
    checker.problem(`${path}.tagPrefixList`, 'required with "tagStatus": "tagged" (or tagPatternList)');
  }
  const prefixes = tagPrefixList === undefined ? undefined : checker.texts(tagPrefixList, `${path}.tagPrefixList`);
  const patterns = tagPatternList === undefined ? undefined : checker.texts(tagPatternList, `${path}.tagPatternList`);
  warnOfPrefixes(prefixes, `${path}.tagPrefixList`, checker);
  patterns?.forEach((pattern, index) => {
    const stars = pattern.split('*').length - 1;
    if (stars <= MAX_STARS) return;
    checker.problem(`${path}.tagPatternList[${index}]`, `at most ${MAX_STARS} wildcards (*) are allowed, not ${stars}`);
  });
  return { prefixes, patterns };
}

function warnOfPrefixes(prefixes: readonly string[] | undefined, path: string, checker: Checker): void {
  prefixes?.forEach((prefix, index) => {
    if (IN_TAGS.test(prefix)) return;
    const hint = prefix.includes('*') ? '; wildcards work in tagPatternList only' : '';
    checker.warn(`${path}[${index}]`, `no tag starts with "${prefix}"${hint}`);
  });
}

function checkStorageClass(
  { storageClass, countType, path }: Record<'storageClass' | 'countType', string | undefined> & { path: string },
  checker: Checker,
): void {
  if (storageClass === undefined || countType === undefined) return;
  if (countType === 'sinceImageTransitioned' && storageClass !== 'archive') {
    checker.problem(`${path}.storageClass`, 'must be "archive" with "sinceImageTransitioned"');
  }
  if (countType !== 'sinceImageTransitioned' && storageClass === 'archive') {
    checker.problem(`${path}.storageClass`, `"archive" only goes with "sinceImageTransitioned", not "${countType}"`);
  }
}

function checkCount(
  { selection, countType, path }: { selection: JsonObject; countType: string | undefined; path: string },
  checker: Checker,
): void {
  const { countUnit } = selection;
  const at = `${path}.countUnit`;
  if (countType === 'imageCountMoreThan') {
    if (countUnit !== undefined) checker.problem(at, 'not allowed with "imageCountMoreThan", which counts images');
  } else if (countType !== undefined || countUnit !== undefined) {
    checker.oneOf(countUnit, at, ['days']);
  }
  const count = checker.positiveInteger(selection['countNumber'], `${path}.countNumber`);
  if (countType === 'sinceImageTransitioned' && count !== undefined && count < MIN_ARCHIVED_DAYS) {
    checker.problem(`${path}.countNumber`, `must be at least ${MIN_ARCHIVED_DAYS} with "sinceImageTransitioned"`);
  }
}
