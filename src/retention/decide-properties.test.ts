import fc from 'fast-check';
import { describe, expect, it } from 'bun:test';
import { digestOfTag } from './bonds.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { ecrPolicy } from './ecr/ecr-policy.ts';
import type { EcrRule } from './ecr/ecr-rule.ts';
import type { Image } from './image.ts';
import { DAY } from './measures.ts';
import { POLICY_PRESETS } from './presets.ts';
import { readPolicy } from './read-policy.ts';
import type { Policy } from './policy.ts';

const NOW = 1_000 * DAY;
const RUNS = { numRuns: 300 };

/** Digests are hexadecimal, so that tags of cosign can name them. */
const digestAt = (index: number): string => `sha256:${index.toString(16).padStart(64, '0')}`;

/** Repositories whose indexes and subjects never make a circle, as digests cannot. */
const repository: fc.Arbitrary<readonly Image[]> = fc
  .array(
    fc.record({
      tags: fc.uniqueArray(fc.constantFrom('v1', 'v2', 'v3.0.0', 'dev-1', 'latest', 'COSIGN'), { maxLength: 3 }),
      age: fc.integer({ min: 0, max: 60 }),
      pulled: fc.option(fc.integer({ min: 0, max: 60 })),
      untagged: fc.option(fc.integer({ min: 0, max: 60 })),
      archived: fc.option(fc.integer({ min: 0, max: 200 })),
      below: fc.array(fc.nat(11), { maxLength: 3 }),
      subject: fc.option(fc.nat(14)),
      isProtected: fc.boolean(),
      size: fc.integer({ min: 0, max: 20 * 2 ** 30 }),
    }),
    { maxLength: 12 },
  )
  .map((drafts) =>
    drafts.map((draft, index): Image => {
      const about =
        draft.subject === null ? undefined : digestAt(draft.subject < index ? draft.subject : draft.subject + 20);
      const children = draft.below.filter((child) => child < index).map(digestAt);
      const cosign = `${digestAt(draft.subject ?? 0).replace(':', '-')}.sig`;
      return {
        digest: digestAt(index),
        // A tag names one image.
        tags: draft.tags.map((tag) => (tag === 'COSIGN' ? cosign : `${tag}-${index}`)),
        pushedAt: NOW - draft.age * DAY,
        size: draft.size,
        ...(draft.pulled === null ? {} : { pulledAt: NOW - draft.pulled * DAY }),
        ...(draft.untagged === null ? {} : { untaggedAt: NOW - draft.untagged * DAY }),
        ...(draft.archived === null ? {} : { transitionedAt: NOW - draft.archived * DAY }),
        ...(children.length === 0 ? {} : { children }),
        ...(about === undefined ? {} : { subject: about }),
        ...(draft.isProtected ? { protectedBy: ['it is pinned'] } : {}),
      };
    }),
  );

const selection = fc.oneof(
  fc.constant({ tagStatus: 'any' as const }),
  fc.constant({ tagStatus: 'untagged' as const }),
  fc.record({
    tagStatus: fc.constant('tagged' as const),
    tagPrefixList: fc.constantFrom(['v'], ['v1'], ['dev', 'v'], ['latest']),
  }),
  fc.record({
    tagStatus: fc.constant('tagged' as const),
    tagPatternList: fc.constantFrom(['*'], ['v*-1'], ['*-*', 'd*']),
  }),
);

const ecrRules: fc.Arbitrary<EcrRule[]> = fc
  .array(
    fc.record({
      selection,
      count: fc.oneof(
        fc.record({
          countType: fc.constant('imageCountMoreThan' as const),
          countNumber: fc.integer({ min: 1, max: 4 }),
        }),
        fc.record({
          countType: fc.constantFrom('sinceImagePushed' as const, 'sinceImagePulled' as const),
          countUnit: fc.constant('days' as const),
          countNumber: fc.integer({ min: 1, max: 50 }),
        }),
      ),
      type: fc.constantFrom('expire' as const, 'transition' as const),
    }),
    { maxLength: 4 },
  )
  .map((drafts) =>
    drafts.map((draft, index) => ({
      rulePriority: (index + 1) * 3,
      selection: { ...draft.selection, ...draft.count },
      action: { type: draft.type },
    })),
  );

const presets: fc.Arbitrary<Policy> = fc
  .constantFrom(...POLICY_PRESETS)
  .map(({ kind, document }) => readPolicy(kind, document).policyFor('team/app'));

const policies: fc.Arbitrary<Policy> = fc.oneof(ecrRules.map(ecrPolicy), presets);
const superset = presets.filter(({ belongings }) => belongings !== 'ecr');

function byDigest(decisions: readonly Decision[]): Map<string, Decision> {
  return new Map(decisions.map((decision) => [decision.digest, decision]));
}

function isGoing({ decision }: Decision): boolean {
  return decision === 'expire' || decision === 'transition';
}

function without(image: Image, fields: readonly (keyof Image)[]): Image {
  const rest = { ...image };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  return rest;
}

/** What is left when a decision has been carried out. */
function apply(images: readonly Image[], decisions: ReadonlyMap<string, Decision>): Image[] {
  return images.flatMap((image): readonly Image[] => {
    const decision = decisions.get(image.digest);
    if (decision?.decision === 'expire') return [];
    if (decision?.decision === 'transition') return [{ ...image, transitionedAt: NOW }];
    return [{ ...image, tags: image.tags.filter((tag) => decision?.untag.includes(tag) !== true) }];
  });
}

describe('whatever the repository and the policy', () => {
  it('each image gets one decision, in its place, with a reason', () => {
    fc.assert(
      fc.property(repository, policies, (images, policy) => {
        const decisions = decide(images, policy, NOW);
        expect(decisions.map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
        for (const { reason, decision, rule, follows, untag } of decisions) {
          expect(reason).not.toBe('');
          expect(untag.length > 0).toBe(decision === 'untag');
          // Acted on by one rule at most, or because of one other image, or because no rule keeps it.
          if (decision !== 'keep' && policy.mode === 'ecr') expect(rule ?? follows).toBeDefined();
        }
      }),
      RUNS,
    );
  });

  it('nothing that is protected goes, nor a tag of it', () => {
    fc.assert(
      fc.property(repository, policies, (images, policy) => {
        const decisions = decide(images, policy, NOW);
        images.forEach(({ protectedBy }, index) => {
          if (protectedBy !== undefined) expect(decisions[index]?.decision).toBe('keep');
        });
      }),
      RUNS,
    );
  });

  it('what goes is the same in whatever order the images come', () => {
    const shuffled = repository.chain((images) =>
      fc.tuple(fc.constant(images), fc.shuffledSubarray([...images], { minLength: images.length })),
    );
    fc.assert(
      fc.property(shuffled, policies, ([images, others], policy) => {
        const [one, other] = [byDigest(decide(images, policy, NOW)), byDigest(decide(others, policy, NOW))];
        for (const [digest, { decision, untag, rule }] of one) {
          expect(other.get(digest)).toMatchObject({ decision, untag, ...(rule === undefined ? {} : { rule }) });
        }
      }),
      RUNS,
    );
  });

  it('the order in which rules of ECR are written does not matter', () => {
    const written = ecrRules.chain((rules) =>
      fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length })),
    );
    fc.assert(
      fc.property(repository, written, (images, [rules, others]) => {
        expect(decide(images, ecrPolicy(others), NOW)).toEqual(decide(images, ecrPolicy(rules), NOW));
      }),
      RUNS,
    );
  });

  it('no child of an index that stays goes, nor a referrer of what stays', () => {
    fc.assert(
      fc.property(repository, superset, (images, policy) => {
        const decisions = byDigest(decide(images, policy, NOW));
        for (const { digest, children = [], subject, tags } of images) {
          const one = decisions.get(digest);
          if (one === undefined) continue;
          const goingChildren = children.filter((child) => decisions.get(child)?.decision === 'expire');
          if (!isGoing(one)) expect(goingChildren).toEqual([]);
          const holder = subject === undefined ? undefined : decisions.get(subject);
          if (tags.length === 0 && holder !== undefined && !isGoing(holder)) expect(isGoing(one)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('ECR takes nothing that an index names which is there, even one that goes', () => {
    fc.assert(
      fc.property(repository, ecrRules, (images, rules) => {
        const named = new Set(images.flatMap(({ children = [] }) => children));
        for (const decision of decide(images, ecrPolicy(rules), NOW)) {
          if (named.has(decision.digest)) expect(decision.decision).toBe('keep');
        }
      }),
      RUNS,
    );
  });

  it('what a keep rule keeps does not go, whatever else is said', () => {
    const keepWins = readPolicy('native', POLICY_PRESETS.find(({ name }) => name === 'releases')?.document ?? '');
    const policy = keepWins.policyFor('team/app');
    if (policy.mode !== 'keep-wins') throw new Error('not that mode');
    const onlyKeeps = { ...policy, rules: policy.rules.filter(({ action }) => action === 'keep') };
    fc.assert(
      fc.property(repository, (images) => {
        const kept = decide(images, onlyKeeps, NOW).filter(({ rule }) => rule !== undefined);
        const all = byDigest(decide(images, policy, NOW));
        for (const { digest } of kept) expect(all.get(digest)?.decision).toBe('keep');
      }),
      RUNS,
    );
  });

  it('once it is carried out, rules of ECR find nothing more, where no index or subject held something', () => {
    const flat = repository.map((images) =>
      images.map((image) => without(image, ['children', 'subject', 'transitionedAt'])),
    );
    fc.assert(
      fc.property(flat, ecrRules, (images, rules) => {
        const onlyExpiring = ecrPolicy(rules.map((rule) => ({ ...rule, action: { type: 'expire' } })));
        const rest = apply(images, byDigest(decide(images, onlyExpiring, NOW)));
        expect(decide(rest, onlyExpiring, NOW).filter(isGoing)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('once our own policies are carried out, they find nothing more, where nothing lost its subject', () => {
    const named = ['releases', 'space'].map((name) => POLICY_PRESETS.find((preset) => preset.name === name));
    const own = fc
      .constantFrom(...named.filter((preset) => preset !== undefined))
      .map(({ kind, document }) => readPolicy(kind, document).policyFor('team/app'));
    const unprotected = repository.map((images) =>
      images.map((image) => ({
        ...without(image, ['protectedBy', 'subject']),
        tags: image.tags.filter((tag) => digestOfTag(tag) === undefined),
      })),
    );
    fc.assert(
      fc.property(unprotected, own, (images, policy) => {
        const rest = apply(images, byDigest(decide(images, policy, NOW)));
        const held = new Set(images.flatMap(({ children = [] }) => children));
        const again = decide(rest, policy, NOW).filter((one) => isGoing(one) && !held.has(one.digest));
        expect(again).toEqual([]);
      }),
      RUNS,
    );
  });
});
