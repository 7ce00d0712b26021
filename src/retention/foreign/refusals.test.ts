import { describe, expect, it } from 'bun:test';
import type { PolicyKind } from '../document.ts';
import { PolicyInvalidError } from '../problem.ts';
import { readPolicy } from '../read-policy.ts';

/** What is wrong with a document, a line each. */
function problems(kind: PolicyKind, document: string): readonly string[] {
  try {
    readPolicy(kind, document);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyInvalidError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

function warnings(kind: PolicyKind, document: string): readonly string[] {
  return readPolicy(kind, document).warnings.map(({ path }) => path);
}

const step = (inputs: string): string => `- uses: actions/delete-package-versions@v5\n  with: { ${inputs} }`;

const REFUSED: readonly (readonly [PolicyKind, string, readonly string[]])[] = [
  [
    'harbor',
    '{"rules":[{"action":"retain","template":"latestPushdK","params":{"latestPushedK":-1}}],"algorithm":"and"}',
    [
      'algorithm: must be or, not "and"',
      'rules[0].template: must be one of latestPushedK, latestPulledN, latestActiveK, nDaysSinceLastPush, nDaysSinceLastPull, lastXDays, always, not "latestPushdK" (did you mean "latestPushedK"?)',
      'rules[0].params.latestPushedK: must be at least 0, not -1',
    ],
  ],
  [
    'harbor',
    '{"algorithm":"or","rules":[{"action":"retain","template":"always","tag_selectors":[{"decoration":"matches","pattern":"{a","extras":"untagged"}]}]}',
    [
      'rules[0].tag_selectors[0].pattern: a { that is not closed',
      'rules[0].tag_selectors[0].extras: must be JSON in a text, such as "{\\"untagged\\":true}"',
    ],
  ],
  [
    'zot',
    '{"policies":[{"repositories":["**"],"keepTags":[{"pushedWithin":"7d","mostRecentlyPushed":3}]}]}',
    [
      'policies[0].keepTags[0].pushedWithin: must be a duration of Go, such as "168h"',
      'policies[0].keepTags[0].mostRecentlyPushed: unknown field (did you mean "mostRecentlyPushedCount"?)',
    ],
  ],
  [
    'google',
    '[{"name":"a","action":{"type":"Delete"}},{"name":"b","action":"DELETE","mostRecentVersions":{"keepCount":1}}]',
    ['[0]: needs either condition or mostRecentVersions', '[1].mostRecentVersions: only goes with the action Keep'],
  ],
  [
    'gitlab',
    '{"keep_n":3,"older_than":"8d"}',
    [
      'keep_n: must be one of 1, 5, 10, 25, 50, 100',
      'older_than: must be one of 7d, 14d, 30d, 60d, 90d, not "8d" (did you mean "7d"?)',
    ],
  ],
  [
    'gitlab',
    '{"name_regex_delete":"(?!x)"}',
    [
      'name_regex_delete: not a regular expression of RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
    ],
  ],
  ['acr', "acr purge --filtr 'a:b' --ago 7x", ['--filtr: unknown flag (did you mean "filter"?)']],
  [
    'acr',
    "acr purge --filter 'a' --ago 7d",
    ['filter[0]: must be "<repository>:<tags>", two expressions with one colon between them'],
  ],
  [
    'acr',
    'acr purge',
    ['filter: required: "<repository>:<tags>", two expressions', 'ago: required: a duration such as "7d"'],
  ],
  ['acr', 'az acr list', [': must be a command line "acr purge …"']],
  [
    'ghcr',
    step('min-versions-to-keep: five, delete-only-untaged-versions: true'),
    [
      '[0].with.min-versions-to-keep: must be a number, not text',
      '[0].with.delete-only-untaged-versions: unknown field (did you mean "delete-only-untagged-versions"?)',
    ],
  ],
  [
    'ghcr',
    step('package-type: npm, num-old-versions-to-delete: 3, min-versions-to-keep: 1'),
    [
      '[0].with.package-type: must be "container", not "npm"',
      '[0].with.num-old-versions-to-delete: does not go with min-versions-to-keep',
    ],
  ],
  [
    'ghcr',
    step('min-versions-to-keep: "${{ inputs.count }}"'),
    ['[0].with.min-versions-to-keep: an expression that only a running workflow knows: write the value'],
  ],
  ['ghcr', 'jobs: {}', [': no step uses actions/delete-package-versions']],
];

describe('a document of others that is wrong says all of it', () => {
  for (const [kind, document, expected] of REFUSED) {
    it(`${kind}: ${document}`, () => expect(problems(kind, document)).toEqual(expected));
  }
});

describe('a document of others that is odd is taken, with a warning', () => {
  it('when it would never delete', () => {
    expect(warnings('gitlab', '{"enabled":false,"name_regex_delete":".*"}')).toEqual(['enabled']);
    expect(warnings('gitlab', '{"cadence":"7d"}')).toEqual(['cadence', 'name_regex_delete']);
    const keep = '[{"name":"a","action":"Keep","mostRecentVersions":{"keepCount":1}}]';
    expect(warnings('google', keep)).toEqual(['']);
  });

  it('when it would only try, or unlock', () => {
    const line = "acr purge --filter '.*:.*' --ago 1d --dry-run --include-locked";
    expect(warnings('acr', line)).toEqual(['dry-run', 'include-locked']);
    expect(warnings('zot', '{"dryRun":true,"policies":[{"repositories":["**"]}]}')).toEqual(['dryRun']);
  });
});
