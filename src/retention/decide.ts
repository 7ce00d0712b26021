import { bondsOf } from './bonds.ts';
import { decideByPipelines } from './by-pipeline.ts';
import { decideByRules } from './by-rules.ts';
import { joinTags, splitByTag } from './by-tags.ts';
import type { Decision } from './decision.ts';
import type { Image } from './image.ts';
import type { Policy } from './policy.ts';
import { settle } from './settle.ts';
import type { Verdict } from './verdict.ts';

/**
 * What a policy does with the images of one repository: one decision for each, in the order given. Pure: the same images,
 * in whatever order, give the same decisions, so that what was previewed is what is done.
 *
 * @param images all of the repository: counts, indexes and subjects are looked up among them.
 * @param now milliseconds of the clock that the times of the images are of.
 */
export function decide(images: readonly Image[], policy: Policy, now: number): Decision[] {
  const bonds = bondsOf(images, policy.belongings);
  const free = images.flatMap((_, position) => (bonds.isAttached(position) ? [] : [position]));
  const said: (Verdict | undefined)[] = images.map(() => undefined);
  const candidates = images.filter((_, position) => !bonds.isAttached(position));
  decideCandidates(candidates, policy, now).forEach((one, index) => {
    const position = free[index];
    if (position !== undefined) said[position] = one;
  });
  const settled = settle({ images, bonds, belongings: policy.belongings, said });
  return images.map((image, position) => decisionOf(image, settled[position]));
}

function decideCandidates(candidates: readonly Image[], policy: Policy, now: number): Verdict[] {
  if (policy.unit === 'image') return decideItems(candidates, policy, now);
  const split = splitByTag(candidates);
  const parts = candidates.map((): { tag: string | undefined; said: Verdict }[] => []);
  decideItems(split.candidates, policy, now).forEach((said, index) => {
    parts[split.owners[index] ?? -1]?.push({ tag: split.candidates[index]?.tags[0], said });
  });
  return candidates.map((image, position) => joinTags(image, parts[position] ?? [], { policy, now }));
}

function decideItems(items: readonly Image[], policy: Policy, now: number): Verdict[] {
  return policy.mode === 'pipeline' ? decideByPipelines(items, policy, now) : decideByRules(items, policy, now);
}

function decisionOf(image: Image, said: Verdict | undefined): Decision {
  const decision = {
    digest: image.digest,
    tags: image.tags,
    decision: said?.outcome ?? 'keep',
    untag: said?.outcome === 'untag' ? said.untag : [],
    reason: said?.reason ?? '',
    blockedBy: said?.blockedBy ?? [],
  };
  return {
    ...decision,
    ...(said?.rule === undefined ? {} : { rule: said.rule }),
    ...(said?.follows === undefined ? {} : { follows: said.follows }),
  };
}
