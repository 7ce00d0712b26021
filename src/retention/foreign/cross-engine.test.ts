import { describe, expect, it } from 'bun:test';
import { decide } from '../decide.ts';
import type { PolicyKind } from '../document.ts';
import type { Image } from '../image.ts';
import { DAY } from '../measures.ts';
import { readPolicy } from '../read-policy.ts';

const NOW = 0;

interface Case {
  readonly kind: PolicyKind;
  readonly document: string;
  readonly images: readonly Image[];
  readonly repository?: string;
}

/** What goes: an image by its digest, or a tag of one that stays. */
function gone({ kind, document, images, repository = 'team/app' }: Case): string[] {
  const policy = readPolicy(kind, document).policyFor(repository);
  return decide(images, policy, NOW)
    .flatMap(({ decision, digest, untag }) => (decision === 'expire' ? [digest] : untag))
    .toSorted();
}

function goneTags(one: Case): string[] {
  const policy = readPolicy(one.kind, one.document).policyFor(one.repository ?? 'team/app');
  return decide(one.images, policy, NOW)
    .flatMap(({ decision, tags, untag }) => (decision === 'expire' ? tags : untag))
    .toSorted();
}

function image(digest: string, tags: readonly string[], ageDays: number, pulledDays?: number): Image {
  const base = { digest, tags, pushedAt: NOW - ageDays * DAY };
  return pulledDays === undefined ? base : { ...base, pulledAt: NOW - pulledDays * DAY };
}

describe('Harbor', () => {
  const images = [
    image('a1', ['v1', 'old'], 40, 1),
    image('a2', ['v2'], 30),
    image('a3', ['v3'], 20, 15),
    image('a4', ['dev-1'], 10, 9),
    image('a5', [], 5),
  ];
  const rules = (extras: object): string =>
    JSON.stringify({
      algorithm: 'or',
      rules: [
        {
          action: 'retain',
          template: 'latestPushedK',
          params: { latestPushedK: 1 },
          tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'v*', ...extras }],
          scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }] },
        },
        {
          action: 'retain',
          template: 'nDaysSinceLastPull',
          params: { nDaysSinceLastPull: 7 },
          tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '**', ...extras }],
          scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }] },
        },
      ],
      trigger: { kind: 'Schedule', settings: { cron: '0 0 0 * * *' } },
      scope: { level: 'project', ref: 1 },
    });

  it('X1: what no rule retains goes, untagged artifacts too', () => {
    expect(gone({ kind: 'harbor', document: rules({ extras: '{"untagged":false}' }), images })).toEqual([
      'a2',
      'a4',
      'a5',
    ]);
  });

  it('X1b: without extras, untagged artifacts take part in the counts', () => {
    expect(gone({ kind: 'harbor', document: rules({}), images })).toEqual(['a2', 'a3', 'a4']);
  });

  it('excludes means: one of its tags does not match', () => {
    const document = (decoration: string): string =>
      JSON.stringify({
        algorithm: 'or',
        rules: [{ action: 'retain', template: 'always', tag_selectors: [{ decoration, pattern: 'v*' }] }],
      });
    expect(gone({ kind: 'harbor', document: document('excludes'), images })).toEqual(['a2', 'a3']);
    expect(gone({ kind: 'harbor', document: document('matches'), images })).toEqual(['a4']);
  });

  it('leaves repositories alone that no rule is for, by their name within the project', () => {
    const document = JSON.stringify({
      algorithm: 'or',
      rules: [
        {
          action: 'retain',
          template: 'latestPulledN',
          params: { latestPulledN: 1 },
          scope_selectors: { repository: [{ decoration: 'repoMatches', pattern: '{app,web}' }] },
        },
      ],
    });
    expect(gone({ kind: 'harbor', document, images, repository: 'team/other' })).toEqual([]);
    expect(gone({ kind: 'harbor', document, images, repository: 'team/app' })).toEqual(['a2', 'a3', 'a4', 'a5']);
  });
});

describe('GitLab', () => {
  const ages = {
    latest: 0,
    'production-v44': 3,
    'production-v43': 6,
    'production-v42': 11,
    'dev-v44': 2,
    'dev-v43': 5,
    'dev-v42': 10,
    v44: 1,
    v43: 12,
    v42: 20,
  };
  const images = Object.entries(ages).map(([tag, age]) => image(`d-${tag}`, [tag], age));

  it('X2: counts only what both expressions let through', () => {
    const document = JSON.stringify({
      container_expiration_policy_attributes: {
        enabled: true,
        cadence: '1d',
        keep_n: 1,
        older_than: '7d',
        name_regex_delete: '.*',
        name_regex_keep: 'production-.*',
      },
    });
    expect(goneTags({ kind: 'gitlab', document, images })).toEqual(['dev-v42', 'v42', 'v43']);
  });
});

describe("Google's Artifact Registry", () => {
  const images = [
    image('a', ['release-1'], 60),
    image('b', [], 50),
    image('c', ['dev'], 40),
    image('d', ['x'], 35),
    image('e', [], 33),
  ];
  const remove = { name: 'old', action: { type: 'Delete' }, condition: { tagState: 'any', olderThan: '30d' } };
  const keeps = [
    { name: 'releases', action: { type: 'Keep' }, condition: { tagState: 'tagged', tagPrefixes: ['release'] } },
    { name: 'recent', action: { type: 'Keep' }, mostRecentVersions: { keepCount: 2 } },
  ];

  it('X3: Keep wins over Delete', () => {
    expect(gone({ kind: 'google', document: JSON.stringify([remove, ...keeps]), images })).toEqual(['b', 'c']);
  });

  it('X3, as the API has it: a map, in upper case', () => {
    const document = JSON.stringify({
      cleanupPolicies: {
        old: { id: 'old', action: 'DELETE', condition: { tagState: 'ANY', olderThan: '2592000s' } },
        releases: { action: 'KEEP', condition: { tagState: 'TAGGED', tagPrefixes: ['release'] } },
        recent: { action: 'KEEP', mostRecentVersions: { keepCount: 2 } },
      },
      cleanupPolicyDryRun: true,
    });
    expect(gone({ kind: 'google', document, images })).toEqual(['b', 'c']);
  });

  it('X4: Keep alone deletes nothing', () => {
    expect(gone({ kind: 'google', document: JSON.stringify(keeps), images })).toEqual([]);
  });
});

describe('zot', () => {
  const images = [
    image('d1', ['v1'], 40),
    image('d2', ['v2'], 30),
    image('d3', ['v3', 'latest'], 20),
    image('d4', ['dev'], 1),
  ];
  const document = (pattern: string): string =>
    JSON.stringify({
      storage: {
        retention: {
          delay: '24h',
          policies: [
            {
              repositories: ['**'],
              keepTags: [{ patterns: [pattern], mostRecentlyPushedCount: 2 }, { patterns: ['latest'] }],
            },
          ],
        },
      },
    });

  it('X5: expressions are not anchored, so that v.* keeps dev', () => {
    expect(goneTags({ kind: 'zot', document: document('v.*'), images })).toEqual(['v1', 'v2']);
  });

  it('X6: an anchored one does not; what no entry has goes', () => {
    expect(goneTags({ kind: 'zot', document: document('^v.*'), images })).toEqual(['dev', 'v1']);
  });

  it('takes a tag off an image that another tag keeps', () => {
    const both = [image('d1', ['v1', 'odd'], 40)];
    expect(gone({ kind: 'zot', document: document('^v.*'), images: both })).toEqual(['odd']);
  });

  it('lets untagged manifests wait', () => {
    const untagged = [image('new', [], 0.5), image('old', [], 2)];
    expect(gone({ kind: 'zot', document: document('x'), images: untagged })).toEqual(['old']);
  });
});

describe('acr purge', () => {
  const ages = { v1: 30, v2: 20, v3: 10, v4: 8, v5: 1, latest: 40 };
  const images = Object.entries(ages).map(([tag, age]) => image(`d-${tag}`, [tag], age));

  it('X7: keeps so many of what would go', () => {
    const document = "acr purge --filter 'app:^v.*' --ago 7d --keep 2";
    expect(goneTags({ kind: 'acr', document, images, repository: 'app' })).toEqual(['v1', 'v2']);
    expect(goneTags({ kind: 'acr', document, images, repository: 'team/app' })).toEqual([]);
  });

  it('X7, as JSON of its flags, and as a task writes it', () => {
    const json = JSON.stringify({ filter: ['app:^v.*'], ago: '7d', keep: 2 });
    expect(goneTags({ kind: 'acr', document: json, images, repository: 'app' })).toEqual(['v1', 'v2']);
    const task = 'mcr.microsoft.com/acr/acr-cli:0.5 purge \\\n  --filter "app:^v.*" \\\n --ago=7d --keep 2';
    expect(goneTags({ kind: 'acr', document: task, images, repository: 'app' })).toEqual(['v1', 'v2']);
  });

  it('leaves what lost its tags, unless untagged manifests are to go', () => {
    const line = "acr purge --filter 'app:^v1$' --ago 7d";
    const withUntagged = [...images, image('u', [], 1)];
    const one = { kind: 'acr', images: withUntagged, repository: 'app' } as const;
    expect(gone({ ...one, document: line })).toEqual(['v1']);
    expect(gone({ ...one, document: `${line} --untagged` })).toEqual(['d-v1', 'u']);
    expect(gone({ ...one, document: 'acr purge --untagged-only --ago 7d' })).toEqual([]);
  });
});

describe('the action delete-package-versions of GitHub', () => {
  const images = [
    image('T1', ['t'], 50),
    image('U1', [], 40),
    image('T2', ['t2'], 30),
    image('U2', [], 20),
    image('U3', [], 10),
    image('U4', [], 5),
    image('U5', [], 3),
    image('U6', [], 1),
  ];
  const workflow = `
name: Cleanup Old Images
on:
  schedule:
    - cron: '0 0 * * 0'  # Weekly
jobs:
  cleanup:
    runs-on: ubuntu-latest
    permissions:
      packages: write
    steps:
      - uses: actions/delete-package-versions@v5
        with:
          package-name: myapp
          package-type: container
          min-versions-to-keep: 5
          delete-only-untagged-versions: true
`;

  it('X8: the minimum counts what the filters left', () => {
    expect(gone({ kind: 'ghcr', document: workflow, images, repository: 'owner/myapp' })).toEqual(['U1']);
    expect(gone({ kind: 'ghcr', document: workflow, images, repository: 'owner/other' })).toEqual([]);
  });

  it('X8, as its inputs alone', () => {
    const document = 'min-versions-to-keep: "5"\ndelete-only-untagged-versions: "true"';
    expect(gone({ kind: 'ghcr', document, images })).toEqual(['U1']);
  });

  it('deletes the oldest one when it is told nothing', () => {
    expect(gone({ kind: 'ghcr', document: '{"package-type":"container"}', images })).toEqual(['T1']);
    expect(gone({ kind: 'ghcr', document: 'num-old-versions-to-delete: 3', images })).toEqual(['T1', 'T2', 'U1']);
  });

  it('never takes an untagged child from an index that stays, which the action itself does', () => {
    const platforms = [
      { ...image('IDX', ['v1'], 30), children: ['c1', 'c2'] },
      image('c1', [], 30),
      image('c2', [], 30),
    ];
    const document = 'delete-only-untagged-versions: true';
    const decisions = decide([...platforms, image('U', [], 3)], readPolicy('ghcr', document).policyFor('x'), NOW);
    expect(decisions.filter(({ decision }) => decision === 'expire').map(({ digest }) => digest)).toEqual(['U']);
    expect(decisions[1]?.blockedBy).toEqual(['the index IDX, which stays, names it']);
  });
});
