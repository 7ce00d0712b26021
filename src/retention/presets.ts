import type { PolicyKind } from './document.ts';

/** A policy somebody may start from. */
export interface PolicyPreset {
  /** What `havre policy create --preset` takes. */
  readonly name: string;
  readonly title: string;
  /** One sentence: what goes and what stays. */
  readonly sentence: string;
  readonly kind: PolicyKind;
  readonly document: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const ECR_SEED = {
  rules: [
    {
      rulePriority: 1,
      description: 'Keep last 10 tagged images',
      selection: { tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber: 10 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      description: 'Expire untagged images older than 7 days',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
      action: { type: 'expire' },
    },
  ],
};

const HARBOR_SELECTORS = {
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '**', extras: '{"untagged":false}' }],
  scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }] },
};

const HARBOR = {
  algorithm: 'or',
  rules: [
    { action: 'retain', template: 'latestPushedK', params: { latestPushedK: 10 }, ...HARBOR_SELECTORS },
    { action: 'retain', template: 'nDaysSinceLastPull', params: { nDaysSinceLastPull: 30 }, ...HARBOR_SELECTORS },
  ],
};

const ZOT = {
  delay: '24h',
  policies: [
    {
      repositories: ['**'],
      deleteUntagged: true,
      keepTags: [
        { patterns: ['^v\\d+\\.\\d+\\.\\d+$'], mostRecentlyPushedCount: 10 },
        { patterns: ['^(latest|main)$'] },
        { pulledWithin: '720h' },
      ],
    },
  ],
};

const GOOGLE = [
  { name: 'delete-old', action: { type: 'Delete' }, condition: { tagState: 'any', olderThan: '30d' } },
  { name: 'keep-releases', action: { type: 'Keep' }, condition: { tagState: 'tagged', tagPrefixes: ['v'] } },
  { name: 'keep-recent', action: { type: 'Keep' }, mostRecentVersions: { keepCount: 5 } },
];

const GITLAB = {
  enabled: true,
  keep_n: 10,
  older_than: '90d',
  name_regex_delete: '.*',
  name_regex_keep: '(main|latest|v.+)',
};

const GHCR = `# As the action "delete-package-versions" of GitHub takes it.
uses: actions/delete-package-versions@v5
with:
  package-type: container
  min-versions-to-keep: 5
  delete-only-untagged-versions: true
`;

const RELEASES = `mode: keep-wins
rules:
  - name: releases
    action: keep
    select: { semver: '*' }
    newest: 10
    orderBy: semver
  - name: moving tags
    action: keep
    select: { globs: [latest, main, stable] }
  - name: in use
    action: keep
    newerThan: 30d
    since: pull
  - name: the rest
    action: expire
    olderThan: 14d
`;

const BRANCHES = `mode: ecr
rules:
  - name: builds of pull requests
    action: expire
    select: { globs: ['pr-*'] }
    olderThan: 7d
    since: push
  - name: builds of commits
    action: expire
    select: { regexes: ['sha-[0-9a-f]{7,40}'] }
    beyondNewest: 20
  - name: untagged
    action: expire
    select: { tags: untagged }
    olderThan: 2d
    since: untag
`;

const SPACE = `mode: keep-wins
rules:
  - name: no more than 50 GiB
    action: expire
    beyondTotalSize: 50GiB
    orderBy: active
`;

/** Ready-made policies, in the words of those who may know them already. */
export const POLICY_PRESETS: readonly PolicyPreset[] = [
  {
    name: 'releases',
    title: 'Keep releases',
    sentence:
      'Keeps the ten highest versions, latest, main and stable, and what was pulled within 30 days; the rest goes after 14 days.',
    kind: 'native',
    document: RELEASES,
  },
  {
    name: 'branches',
    title: 'Clean up builds',
    sentence:
      'Builds of pull requests (pr-…) go after 7 days, all but the newest 20 builds of commits (sha-…) go, and untagged images go after 2 days.',
    kind: 'native',
    document: BRANCHES,
  },
  {
    name: 'space',
    title: 'Bounded space',
    sentence: 'Keeps what was last pushed or pulled, up to 50 GiB in each repository; the rest goes.',
    kind: 'native',
    document: SPACE,
  },
  {
    name: 'ecr',
    title: 'AWS ECR: ten versions, untagged for a week',
    sentence:
      'All but the newest ten images with a tag that starts with v go, and untagged images go 7 days after their push.',
    kind: 'ecr',
    document: json(ECR_SEED),
  },
  {
    name: 'harbor',
    title: 'Harbor: retained by push and pull',
    sentence:
      'Retains the ten last pushed tagged images and those pulled within 30 days; everything else goes, untagged images too.',
    kind: 'harbor',
    document: json(HARBOR),
  },
  {
    name: 'zot',
    title: 'zot: releases, and what is pulled',
    sentence:
      'Keeps the ten last pushed versions, latest and main, and tags pulled within 30 days; other tags go, and untagged images after a day.',
    kind: 'zot',
    document: json(ZOT),
  },
  {
    name: 'google',
    title: 'Google Artifact Registry: a month',
    sentence: 'What is older than 30 days goes, except tags that start with v and the five newest images.',
    kind: 'google',
    document: json(GOOGLE),
  },
  {
    name: 'gitlab',
    title: 'GitLab: its suggested cleanup',
    sentence: 'Tags built more than 90 days ago go, except the ten newest, latest, main and those that start with v.',
    kind: 'gitlab',
    document: json(GITLAB),
  },
  {
    name: 'acr-purge',
    title: 'Azure: acr purge',
    sentence: 'Tags pushed more than 30 days ago go, except three of them, and so does every untagged image.',
    kind: 'acr',
    document: "acr purge --filter '.*:.*' --ago 30d --keep 3 --untagged\n",
  },
  {
    name: 'ghcr',
    title: 'GitHub: min-versions-to-keep, delete-only-untagged-versions',
    sentence: 'All but the newest five untagged images go; nothing that an index names does.',
    kind: 'ghcr',
    document: GHCR,
  },
];
