import { describe, expect, it } from 'bun:test';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { readEcr } from './read-ecr.ts';

const EXPIRE = { type: 'expire' };
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' };
const COUNT = { countType: 'imageCountMoreThan', countNumber: 1 };
const PUSHED = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 };

function rule(rulePriority: unknown, selection: object, action: object = EXPIRE): object {
  return { rulePriority, selection, action };
}

function read(...rules: object[]): {
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
} {
  return readText(JSON.stringify({ rules }));
}

function readText(text: string): {
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
} {
  try {
    return { problems: [], warnings: readEcr(text).warnings };
  } catch (error) {
    if (!(error instanceof PolicyInvalidError)) throw error;
    return { problems: error.problems, warnings: [] };
  }
}

const tagged = (prefixes: readonly string[]): object => ({ tagStatus: 'tagged', tagPrefixList: prefixes });
const any = { tagStatus: 'any' };
const untagged = { tagStatus: 'untagged' };
const archived = { storageClass: 'archive', countType: 'sinceImageTransitioned', countUnit: 'days', countNumber: 90 };

/** §4.2 of the vectors: what is refused, and where the message points. */
const REFUSED: readonly (readonly [string, readonly object[], readonly string[]])[] = [
  [
    'E1: two rules of one priority',
    [rule(1, { ...tagged(['a']), ...COUNT }), rule(1, { ...tagged(['b']), ...COUNT })],
    ['rules[1].rulePriority'],
  ],
  ['E2: tagged without a list', [rule(1, { tagStatus: 'tagged', ...COUNT })], ['rules[0].selection.tagPrefixList']],
  ['E2: tagged with an empty list', [rule(1, { ...tagged([]), ...COUNT })], ['rules[0].selection.tagPrefixList']],
  [
    'E3: tagged with both lists',
    [rule(1, { ...tagged(['v']), tagPatternList: ['v*'], ...COUNT })],
    ['rules[0].selection.tagPatternList'],
  ],
  [
    'E4: untagged with prefixes',
    [rule(1, { ...untagged, tagPrefixList: ['v'], ...COUNT })],
    ['rules[0].selection.tagPrefixList'],
  ],
  [
    'E4: any with patterns',
    [rule(1, { ...any, tagPatternList: ['v'], ...COUNT })],
    ['rules[0].selection.tagPatternList'],
  ],
  ['E5: a count with a unit', [rule(1, { ...any, ...COUNT, countUnit: 'days' })], ['rules[0].selection.countUnit']],
  [
    'E6: an age without a unit',
    [rule(1, { ...any, countType: 'sinceImagePushed', countNumber: 7 })],
    ['rules[0].selection.countUnit'],
  ],
  ...[0, -1, 1.5, '10', null].map(
    (countNumber) =>
      [
        `E7: the number ${JSON.stringify(countNumber)}`,
        [rule(1, { ...any, ...COUNT, countNumber })],
        ['rules[0].selection.countNumber'],
      ] as const,
  ),
  [
    'E8: any before tagged',
    [rule(1, { ...any, ...COUNT }), rule(2, { ...tagged(['v']), ...COUNT })],
    ['rules[0].rulePriority'],
  ],
  [
    'E9: two untagged rules',
    [rule(1, { ...untagged, ...COUNT }), rule(2, { ...untagged, ...PUSHED })],
    ['rules[1].selection.tagStatus'],
  ],
  [
    'E10: five wildcards',
    [rule(1, { tagStatus: 'tagged', tagPatternList: ['*a*b*c*d*'], ...COUNT })],
    ['rules[0].selection.tagPatternList[0]'],
  ],
  [
    'E11: pulled, and expire',
    [rule(1, { ...any, ...PUSHED, countType: 'sinceImagePulled' })],
    ['rules[0].action.type'],
  ],
  [
    'E12: archived for 30 days',
    [rule(1, { ...any, ...archived, countNumber: 30 })],
    ['rules[0].selection.countNumber'],
  ],
  [
    'E12: archived, of the standard class, and transition',
    [rule(1, { ...any, ...archived, storageClass: 'standard' }, ARCHIVE)],
    ['rules[0].selection.storageClass', 'rules[0].action.type'],
  ],
  [
    'E13: transition to nowhere',
    [rule(1, { ...any, ...PUSHED }, { type: 'transition' })],
    ['rules[0].action.targetStorageClass'],
  ],
  [
    'E13: expire to the archive',
    [rule(1, { ...any, ...PUSHED }, { ...ARCHIVE, type: 'expire' })],
    ['rules[0].action.targetStorageClass'],
  ],
  [
    'E14: a count of the archive',
    [rule(1, { ...any, ...COUNT, storageClass: 'archive' })],
    ['rules[0].selection.storageClass'],
  ],
  [
    'E15: one set of prefixes twice',
    [rule(1, { ...tagged(['a', 'b']), ...COUNT }), rule(2, { ...tagged(['b', 'a']), ...PUSHED })],
    ['rules[1].selection.tagPrefixList'],
  ],
  ['E16: hours', [rule(1, { ...any, ...PUSHED, countUnit: 'hours' })], ['rules[0].selection.countUnit']],
  ['E16: weeks', [rule(1, { ...any, ...PUSHED, countUnit: 'weeks' })], ['rules[0].selection.countUnit']],
  ['E16: delete', [rule(1, { ...any, ...PUSHED }, { type: 'delete' })], ['rules[0].action.type']],
  [
    'E16: a field nobody knows',
    [{ ...rule(1, { ...any, ...COUNT, tagPrefixes: ['v'] }), rulePriorty: 2 }],
    ['rules[0].rulePriorty', 'rules[0].selection.tagPrefixes'],
  ],
  ['no rule', [], ['rules']],
];

const ACCEPTED: readonly (readonly [string, readonly object[]])[] = [
  ['W1: gaps between priorities', [rule(5, { ...tagged(['v']), ...COUNT }), rule(100, { ...untagged, ...PUSHED })]],
  ['W2: one any for each storage class', [rule(1, { ...any, ...PUSHED }, ARCHIVE), rule(2, { ...any, ...archived })]],
  [
    'W3: a prefix and the pattern like it',
    [rule(1, { ...tagged(['v']), ...COUNT }), rule(2, { tagStatus: 'tagged', tagPatternList: ['v*'], ...COUNT })],
  ],
  ['rules in any order', [rule(9, { ...any, ...COUNT }), rule(3, { ...tagged(['v']), ...COUNT })]],
  ['pulled, and transition', [rule(1, { ...any, ...PUSHED, countType: 'sinceImagePulled' }, ARCHIVE)]],
];

describe('a document of ECR', () => {
  for (const [name, rules, paths] of REFUSED) {
    it(`${name} is refused`, () => expect(read(...rules).problems.map(({ path }) => path)).toEqual([...paths]));
  }

  for (const [name, rules] of ACCEPTED) {
    it(`${name} is taken`, () => expect(read(...rules).problems).toEqual([]));
  }

  it('is told everything that is wrong, and what was meant', () => {
    const { problems } = read(
      rule('1', { tagStatus: 'taged', ...PUSHED, countUnit: 'day' }),
      rule(2, { ...any, ...COUNT, countnumber: 3 }, { type: 'expires' }),
    );
    expect(problems).toEqual([
      { path: 'rules[0].rulePriority', message: 'must be a whole number of at least 1, not "1"' },
      {
        path: 'rules[0].selection.tagStatus',
        message: 'must be one of "tagged", "untagged", "any", not "taged" (did you mean "tagged"?)',
      },
      { path: 'rules[0].selection.countUnit', message: 'must be "days", not "day" (did you mean "days"?)' },
      {
        path: 'rules[1].selection.countnumber',
        message:
          'unknown field (did you mean "countNumber"?); there are tagStatus, tagPrefixList, tagPatternList, storageClass, countType, countUnit, countNumber',
      },
      {
        path: 'rules[1].action.type',
        message: 'must be one of "expire", "transition", not "expires" (did you mean "expire"?)',
      },
    ]);
  });

  it('that is no JSON says so', () => {
    expect(readText('{"rules": [').problems[0]?.message).toStartWith('not JSON: ');
    expect(readText('[]').problems).toEqual([{ path: '', message: 'must be an object, not a list' }]);
  });

  it('shorter than ECR takes is taken, longer is not', () => {
    const short = JSON.stringify({ rules: [rule(1, { ...any, ...COUNT })] }).replaceAll(/\s/g, '');
    expect(readText(short).problems).toEqual([]);
    expect(readText(JSON.stringify({ rules: [] }) + ' '.repeat(30_720)).problems[0]?.message).toContain('30720');
  });

  it('with a prefix that no tag can start with gets a warning', () => {
    expect(read(rule(1, { ...tagged(['v*']), ...COUNT })).warnings[0]).toEqual({
      path: 'rules[0].selection.tagPrefixList[0]',
      message: 'no tag starts with "v*"; wildcards work in tagPatternList only',
    });
  });
});
