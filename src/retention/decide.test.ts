import { describe, expect, it } from 'bun:test';
import { resultOf, type LifecycleVector } from '../../test/support/lifecycle-vectors.ts';
import { decide } from './decide.ts';
import type { Image } from './image.ts';
import { DAY } from './measures.ts';
import { readNative } from './native/read-native.ts';

const NOW = 0;

function image(digest: string, tags: readonly string[], ageDays: number, more: Partial<Image> = {}): Image {
  return { digest, tags, pushedAt: NOW - ageDays * DAY, ...more };
}

function ecr(images: LifecycleVector['images'], ...rules: LifecycleVector['rules']): Record<string, number | string> {
  return resultOf({ id: '', images, rules, expected: {} });
}

const EXPIRE = { type: 'expire' } as const;
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' } as const;
const UNTAGGED_WEEK = {
  rulePriority: 2,
  selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
  action: EXPIRE,
} as const;

describe('rules of ECR, where the vectors say nothing', () => {
  it('count a blocked child as any image, so that it takes a place', () => {
    const images = [
      { digest: 'IDX', tags: ['v1'], ageDays: 3, children: ['c'] },
      { digest: 'c', tags: [], ageDays: 1 },
      { digest: 'U', tags: [], ageDays: 2 },
    ];
    const one = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 } as const;
    expect(ecr(images, { rulePriority: 1, selection: one, action: EXPIRE })).toEqual({ U: 1 });
  });

  it('take a referrer of a referrer along', () => {
    const images = [
      { digest: 'A', tags: [], ageDays: 9 },
      { digest: 'sbom', tags: [], ageDays: 1, subject: 'A' },
      { digest: 'signature', tags: [], ageDays: 1, subject: 'sbom' },
    ];
    expect(ecr(images, UNTAGGED_WEEK)).toEqual({ A: 2, sbom: 'subject:A', signature: 'subject:sbom' });
  });

  it('keep the referrer of a child that an index holds', () => {
    const images = [
      { digest: 'IDX', tags: ['v1'], ageDays: 9, children: ['c'] },
      { digest: 'c', tags: [], ageDays: 9 },
      { digest: 's', tags: [], ageDays: 9, subject: 'c' },
    ];
    expect(ecr(images, UNTAGGED_WEEK)).toEqual({});
  });

  it('look at archived images only where the archive is meant, and do not count them elsewhere', () => {
    const images = [
      { digest: 'archived', tags: ['v1'], ageDays: 300, transitionedDays: 100 },
      { digest: 'fresh', tags: ['v2'], ageDays: 300, transitionedDays: 90 },
      { digest: 'new', tags: ['v3'], ageDays: 2 },
      { digest: 'old', tags: ['v4'], ageDays: 3 },
    ];
    const rules = [
      {
        rulePriority: 1,
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
        action: ARCHIVE,
      },
      {
        rulePriority: 2,
        selection: {
          tagStatus: 'any',
          storageClass: 'archive',
          countType: 'sinceImageTransitioned',
          countUnit: 'days',
          countNumber: 90,
        },
        action: EXPIRE,
      },
    ] as const;
    expect(ecr(images, ...rules)).toEqual({ archived: 2, old: '1:transition' });
  });

  it('take an image that came back from the archive by the time of its return', () => {
    const images = [
      { digest: 'back', tags: ['v1'], ageDays: 300, transitionedDays: 100, lastActivatedDays: 1 },
      { digest: 'other', tags: ['v2'], ageDays: 2 },
    ];
    const count = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 } as const;
    expect(ecr(images, { rulePriority: 1, selection: count, action: EXPIRE })).toEqual({ other: 1 });
  });

  it('take the push for the pull that never was, and the return for one that came later', () => {
    const images = [
      { digest: 'never', tags: ['a'], ageDays: 31 },
      { digest: 'pulled', tags: ['b'], ageDays: 90, pulledDays: 30 },
      { digest: 'long-ago', tags: ['c'], ageDays: 90, pulledDays: 30.5 },
      { digest: 'returned', tags: ['d'], ageDays: 90, pulledDays: 80, transitionedDays: 40, lastActivatedDays: 2 },
    ];
    const pulled = { tagStatus: 'any', countType: 'sinceImagePulled', countUnit: 'days', countNumber: 30 } as const;
    expect(ecr(images, { rulePriority: 1, selection: pulled, action: ARCHIVE })).toEqual({
      never: '1:transition',
      'long-ago': '1:transition',
    });
  });

  it('need every pattern of a list, by whichever tag, in upper or lower case as written', () => {
    const images = [
      { digest: 'one-tag', tags: ['rel-amd64-1'], ageDays: 9 },
      { digest: 'two-tags', tags: ['rel-2', 'x-amd64-x'], ageDays: 9 },
      { digest: 'half', tags: ['rel-3'], ageDays: 9 },
      { digest: 'upper', tags: ['REL-4', 'x-amd64-x'], ageDays: 9 },
    ];
    const both = { tagStatus: 'tagged', tagPatternList: ['rel-*', '*-amd64-*'] } as const;
    const selection = { ...both, countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 } as const;
    expect(ecr(images, { rulePriority: 1, selection, action: EXPIRE })).toEqual({ 'one-tag': 1, 'two-tags': 1 });
  });

  it('take tags of cosign for tags', () => {
    const hex = 'a'.repeat(64);
    const images = [
      { digest: `sha256:${hex}`, tags: [], ageDays: 9 },
      { digest: 'S', tags: [`sha256-${hex}.sig`], ageDays: 9 },
    ];
    expect(ecr(images, UNTAGGED_WEEK)).toEqual({ [`sha256:${hex}`]: 2 });
  });
});

describe('our own rules', () => {
  const untaggedWeek = readNative('rules: [{action: expire, select: {tags: untagged}, olderThan: 7d}]').policyFor('x');
  const oldTags = readNative('rules: [{action: expire, select: {tags: tagged}, olderThan: 7d}]').policyFor('x');

  it('see an index with its untagged children as one, at once', () => {
    const images = [
      image('IO', ['v1'], 40, { children: ['a', 'b'] }),
      image('a', [], 40),
      image('IN', ['v2'], 1, { children: ['b', 'c'] }),
      image('b', [], 40),
      image('c', [], 1),
    ];
    const decisions = decide(images, oldTags, NOW);
    expect(decisions.map(({ decision }) => decision)).toEqual(['expire', 'expire', 'keep', 'keep', 'keep']);
    expect(decisions[1]).toMatchObject({ follows: 'IO', reason: 'it belongs to IO, and goes with it' });
    expect(decide(images, untaggedWeek, NOW).every(({ decision }) => decision === 'keep')).toBe(true);
  });

  it('keep a tagged child as long as its index', () => {
    const images = [image('IDX', ['v2'], 1, { children: ['c'] }), image('c', ['v2-amd64'], 40)];
    expect(decide(images, oldTags, NOW)[1]).toMatchObject({
      decision: 'keep',
      blockedBy: ['the index IDX, which stays, names it'],
      rule: { priority: 1 },
    });
  });

  it('take signatures by tag along with what they are about', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const images = [image(digest, ['v1'], 40), image('S', [`sha256-${'a'.repeat(64)}.sig`], 1)];
    expect(decide(images, oldTags, NOW)[1]).toMatchObject({ decision: 'expire', follows: digest });
    const gone = [image('S', [`sha256-${'a'.repeat(64)}.sig`], 40)];
    expect(decide(gone, oldTags, NOW)[0]).toMatchObject({ decision: 'expire', rule: { priority: 1 } });
  });

  it('say why', () => {
    const pinned = image('P', [], 9, { protectedBy: ['it is pinned'] });
    const decisions = decide(
      [image('A', [], 8.5), image('B', [], 7), image('C', ['v1'], 9), pinned],
      untaggedWeek,
      NOW,
    );
    expect(decisions.map(({ reason }) => reason)).toEqual([
      'rule 1 expires it: pushed 8 days 12 hours ago; the limit is 7 days',
      'no rule speaks of it',
      'no rule speaks of it',
      'it stays, because it is pinned; else: rule 1 expires it: pushed 9 days ago; the limit is 7 days',
    ]);
  });
});
