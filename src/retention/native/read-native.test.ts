import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { decide } from '../decide.ts';
import type { Image } from '../image.ts';
import { DAY } from '../measures.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { nativeJsonSchema } from './native-schema.ts';
import { readNative } from './read-native.ts';

const NOW = 0;

function image(digest: string, tags: readonly string[], ageDays: number, more: Partial<Image> = {}): Image {
  return { digest, tags, pushedAt: NOW - ageDays * DAY, ...more };
}

/** `digest` for what goes, `digest:tag` for a tag that goes off an image that stays. */
function gone(document: string, images: readonly Image[], repository = 'team/app'): string[] {
  return decide(images, readNative(document).policyFor(repository), NOW).flatMap(({ decision, digest, untag }) =>
    decision === 'expire' ? [digest] : untag.map((tag) => `${digest}:${tag}`),
  );
}

/** What one rule, which expires all that it selects, selects. */
function selected(select: string, images: readonly Image[]): string[] {
  return gone(`rules: [{ action: expire, select: ${select} }]`, images);
}

function problems(document: string): readonly PolicyProblem[] {
  try {
    readNative(document);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyInvalidError)) throw error;
    return error.problems;
  }
}

describe('a selector of our own rules', () => {
  const images = [
    image('A', ['v1.2.3', 'latest'], 1),
    image('B', ['v2.0.0-rc.1'], 1),
    image('C', ['pr-12'], 1),
    image('D', [], 1),
    image('E', ['v2.1'], 1),
  ];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['{ tags: untagged }', ['D']],
    ['{ tags: tagged }', ['A', 'B', 'C', 'E']],
    ['{}', ['A', 'B', 'C', 'D', 'E']],
    ['{ prefixes: v }', ['A', 'B', 'E']],
    ['{ globs: "pr-*" }', ['C']],
    ['{ globs: ["v?.1", "{pr,mr}-[0-9]*"] }', ['C', 'E']],
    ['{ regexes: "v[0-9.]+" }', ['A', 'E']],
    ['{ semver: ">=1 <3" }', ['A']],
    ['{ semver: "^2.0.0-0" }', ['B']],
    ['{ prefixes: [v, latest], match: all }', ['A']],
    ['{ prefixes: v, excludes: latest }', ['B', 'E']],
  ];
  for (const [select, digests] of cases) {
    it(`${select} selects ${digests.join(', ')}`, () => expect(selected(select, images)).toEqual([...digests]));
  }

  it('looks at labels, annotations, platforms and types', () => {
    const described = [
      image('A', [], 1, { labels: { team: 'web', url: 'https://a/b' }, platforms: ['linux/amd64', 'linux/arm64'] }),
      image('B', [], 1, { labels: { team: 'data' }, annotations: { stage: 'test' }, mediaType: 'x/y' }),
      image('C', [], 1, { artifactType: 'application/spdx+json', platforms: ['windows/amd64'] }),
    ];
    expect(selected('{ labels: { team: [w*, d*] } }', described)).toEqual(['A', 'B']);
    expect(selected('{ labels: { team: "*", url: "https:*" } }', described)).toEqual(['A']);
    expect(selected('{ labels: { toString: "*" } }', described)).toEqual([]);
    expect(selected('{ annotations: { stage: test } }', described)).toEqual(['B']);
    expect(selected('{ platforms: "linux/*" }', described)).toEqual(['A']);
    expect(selected('{ artifactTypes: "*spdx*" }', described)).toEqual(['C']);
    expect(selected('{ mediaTypes: x/y }', described)).toEqual(['B']);
  });
});

describe('a limit of our own rules', () => {
  const releases = [
    image('A', ['v1.10.0'], 3),
    image('B', ['v1.9.0'], 1),
    image('C', ['v1.2.0'], 2),
    image('D', ['main'], 0.5),
  ];

  it('counts by push, or by version', () => {
    const rule = (more: string): string => `rules: [{ action: expire, beyondNewest: 2${more} }]`;
    expect(gone(rule(''), releases)).toEqual(['A', 'C']);
    expect(gone(rule(', orderBy: semver'), releases)).toEqual(['C', 'D']);
  });

  it('keeps the newest up to a size', () => {
    const sized = [10, 20, 30].map((size, index) => image(`S${index}`, [], index, { size: size * 2 ** 20 }));
    expect(gone('rules: [{ action: expire, beyondTotalSize: 30MiB }]', sized)).toEqual(['S2']);
    expect(gone('rules: [{ action: expire, beyondTotalSize: 29MiB }]', sized)).toEqual(['S1', 'S2']);
  });

  it('needs all of several to expire, and one of several to keep', () => {
    expect(gone('rules: [{ action: expire, beyondNewest: 1, olderThan: 36h }]', releases)).toEqual(['A', 'C']);
    const keep = '{ action: keep, newest: 1, newerThan: 1d }';
    expect(gone(`rules: [${keep}, { action: expire }]`, releases)).toEqual(['A', 'C']);
  });

  it('counts from the last pull, the loss of the tag, or the build', () => {
    const images = [
      image('A', [], 90, { pulledAt: -5 * DAY, untaggedAt: -1 * DAY, created: -100 * DAY }),
      image('B', [], 20),
      image('C', ['x'], 90, { untaggedAt: -80 * DAY }),
    ];
    const rule = (since: string, age: string): string =>
      `rules: [{ action: expire, olderThan: ${age}, since: ${since} }]`;
    expect(gone(rule('pull', '10d'), images)).toEqual(['B', 'C']);
    expect(gone(rule('untag', '10d'), images)).toEqual(['B']);
    expect(gone(rule('created', '95d'), images)).toEqual(['A']);
  });
});

describe('the modes of our own policies', () => {
  const images = [image('A', ['v1', 'keep'], 40), image('B', ['v2'], 30), image('C', ['v3'], 1)];
  const rules = `
rules:
  - { action: expire, select: { prefixes: v }, olderThan: 7d }
  - { action: keep, select: { globs: keep } }`;

  it('keep-wins: a keep rule wins wherever it stands', () => {
    expect(gone(rules, images)).toEqual(['B']);
  });

  it('ecr: the first rule that selects an image decides', () => {
    expect(gone(`mode: ecr${rules}`, images)).toEqual(['A', 'B']);
  });

  it('ecr: a keep rule decides for what it keeps, and leaves the rest to the next', () => {
    const keep = '{ action: keep, select: { prefixes: v }, newest: 1 }';
    expect(gone(`{ mode: ecr, rules: [${keep}, { action: expire, olderThan: 35d }] }`, images)).toEqual(['A']);
  });

  it('untag takes tags off, and the image stays', () => {
    const untag = 'rules: [{ action: untag, select: { globs: "v*", excludes: v2 }, olderThan: 7d }]';
    expect(gone(untag, images)).toEqual(['A:v1']);
  });

  it('a rule may be for some repositories only', () => {
    const document = 'rules: [{ action: expire, repositories: "team/*" }]';
    expect(gone(document, images, 'team/app')).toEqual(['A', 'B', 'C']);
    expect(gone(document, images, 'team/app/cache')).toEqual([]);
  });
});

describe('a document of our own that is wrong', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['- a', [['', 'must be an object, not a list']]],
    ['', [['', 'must be an object, not nothing']]],
    ['rules: []', [['rules', 'must have at least 1']]],
    [
      '{ mode: keep-win, rules: [{ action: expire }] }',
      [['mode', 'must be one of keep-wins, ecr, not "keep-win" (did you mean "keep-wins"?)']],
    ],
    [
      'rules: [{ action: delete }, { action: keep, newst: 3, newest: "3" }]',
      [
        ['rules[0].action', 'must be one of keep, expire, untag'],
        ['rules[1].newest', 'must be a whole number'],
        ['rules[1].newst', 'unknown field (did you mean "newest"?)'],
      ],
    ],
    [
      'rules: [{ action: expire, olderThan: 3 days, beyondTotalSize: 3 floppies, select: { semver: newest } }]',
      [
        ['rules[0].select.semver', 'must be a range of versions such as ">=1.2 <2" or "^1.4 || 2.x"'],
        ['rules[0].beyondTotalSize', 'must be a size such as "50GiB", "500MB" or a number of bytes'],
        ['rules[0].olderThan', 'must be a duration such as "30d", "12h" or "1d12h"'],
      ],
    ],
    [
      'rules: [{ action: expire, select: { globs: ["[a", b], regexes: "(?!x)" }, since: pull }]',
      [
        ['rules[0].since', 'does nothing without an age'],
        ['rules[0].select.globs[0]', 'a [ that is not closed'],
        [
          'rules[0].select.regexes',
          'not a regular expression of RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
        ],
      ],
    ],
    [
      'rules: [{ action: expire, priority: 1, beyondNewest: 1 }, { action: keep, priority: 1 }, { action: keep }]',
      [
        ['rules[1].priority', '1 is the priority of rules[0] already'],
        ['rules[2].priority', 'required: other rules have one'],
      ],
    ],
  ];
  for (const [document, expected] of cases) {
    it(`${document === '' ? 'nothing' : document}: says all of it`, () => {
      expect(problems(document).map(({ path, message }) => [path, message])).toEqual(expected.map((one) => [...one]));
    });
  }

  it('that keeps only, or that expires everything, gets a warning', () => {
    expect(readNative('rules: [{ action: keep }]').warnings).toEqual([
      { path: 'rules', message: 'there are only keep rules: nothing ever goes' },
    ]);
    expect(readNative('rules: [{ action: expire }]').warnings.map(({ path }) => path)).toEqual(['rules[0]']);
  });
});

it('the JSON Schema for editors is what the program checks', () => {
  const file = join(import.meta.dir, '../../../docs/lifecycle-policy.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(nativeJsonSchema());
});
