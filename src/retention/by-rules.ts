import type { Image } from './image.ts';
import { measure, type MeasuredLimit } from './limit.ts';
import { compareText, orderingOf } from './order.ts';
import type { Rule, RulePolicy } from './policy.ts';
import { keep, verdict, type Verdict } from './verdict.ts';

/** A rule, and what it says of each candidate it selects. */
interface AppliedRule {
  readonly rule: Rule;
  readonly positions: readonly number[];
  /** `keep`: it keeps it. Others: it marks it. */
  readonly holds: (position: number) => boolean;
  readonly words: (position: number) => string;
}

const NO_RULE = keep('no rule speaks of it');

/** One verdict for each candidate, by its position. */
export function decideByRules(candidates: readonly Image[], policy: RulePolicy, now: number): Verdict[] {
  const rules = policy.rules.toSorted((a, b) => a.priority - b.priority || compareText(a.name, b.name));
  const selections =
    policy.assign === 'first' ? selectFirst(candidates, rules, now) : selectEvery(candidates, rules, now);
  const order = orderingOf(candidates);
  const applied = rules.map((rule, index) => {
    const positions = selections[index] ?? [];
    return apply(
      rule,
      positions,
      rule.limits.map((limit) => measure(limit, { images: candidates, positions, order, now })),
    );
  });
  return policy.mode === 'ecr' ? firstDecides(candidates, applied) : keepWins(candidates, applied, policy);
}

/** Every rule is evaluated over everything, as if no other had taken something away. */
function selectEvery(candidates: readonly Image[], rules: readonly Rule[], now: number): number[][] {
  return rules.map((rule) => {
    const positions: number[] = [];
    candidates.forEach((image, position) => {
      if (rule.selects(image, now)) positions.push(position);
    });
    return positions;
  });
}

function selectFirst(candidates: readonly Image[], rules: readonly Rule[], now: number): number[][] {
  const selections = rules.map((): number[] => []);
  candidates.forEach((image, position) => {
    selections[rules.findIndex((rule) => rule.selects(image, now))]?.push(position);
  });
  return selections;
}

function apply(rule: Rule, positions: readonly number[], limits: readonly MeasuredLimit[]): AppliedRule {
  const isInside = (position: number): boolean => limits.some((limit) => limit.isInside(position));
  const holds =
    rule.action === 'keep'
      ? (position: number): boolean => limits.length === 0 || isInside(position)
      : (position: number): boolean => !isInside(position);
  const words = (position: number): string => {
    const inside = limits.find((limit) => limit.isInside(position));
    return (inside === undefined ? limits : [inside]).map((limit) => limit.words(position)).join(', ');
  };
  return { rule, positions, holds, words };
}

/**
 * The first rule that selects an image decides, whether it marks it or not. A `keep` rule, which ECR does not have, only
 * selects what it keeps.
 */
function firstDecides(candidates: readonly Image[], applied: readonly AppliedRule[]): Verdict[] {
  const verdicts: (Verdict | undefined)[] = candidates.map(() => undefined);
  for (const one of applied) {
    for (const position of one.positions) {
      if (verdicts[position] !== undefined) continue;
      const holds = one.holds(position);
      if (one.rule.action === 'keep' && !holds) continue;
      verdicts[position] = holds ? acted(one, position, candidates[position]) : spared(one, position);
    }
  }
  return verdicts.map((said) => said ?? NO_RULE);
}

function keepWins(candidates: readonly Image[], applied: readonly AppliedRule[], policy: RulePolicy): Verdict[] {
  const keeping = firstThatHolds(
    candidates.length,
    applied.filter(({ rule }) => rule.action === 'keep'),
  );
  const marking = firstThatHolds(
    candidates.length,
    applied.filter(({ rule }) => rule.action !== 'keep'),
  );
  const fallback = policy.otherwise === 'keep' ? NO_RULE : verdict('expire', 'no rule keeps it');
  return candidates.map((image, position) => {
    const one = keeping[position] ?? marking[position];
    return one === undefined ? fallback : acted(one, position, image);
  });
}

function firstThatHolds(count: number, applied: readonly AppliedRule[]): (AppliedRule | undefined)[] {
  const first: (AppliedRule | undefined)[] = Array.from({ length: count });
  for (const one of applied) {
    for (const position of one.positions) {
      if (first[position] === undefined && one.holds(position)) first[position] = one;
    }
  }
  return first;
}

function acted(one: AppliedRule, position: number, image: Image | undefined): Verdict {
  const { rule } = one;
  const said = verdict(rule.action, sentence(one, ACTION_WORDS[rule.action], position), rule);
  if (rule.action !== 'untag' || image === undefined) return said;
  const untag = rule.tagsToRemove?.(image) ?? [];
  return untag.length === 0 ? keep(`${rule.name} finds no tag of it to remove`, rule) : { ...said, untag };
}

function spared(one: AppliedRule, position: number): Verdict {
  return keep(sentence(one, 'selects it and lets it stay', position), one.rule);
}

const ACTION_WORDS: Readonly<Record<Rule['action'], string>> = {
  keep: 'keeps it',
  expire: 'expires it',
  transition: 'archives it',
  untag: 'removes tags of it',
};

function sentence({ rule, words }: AppliedRule, what: string, position: number): string {
  const why = words(position);
  return why === '' ? `${rule.name} ${what}` : `${rule.name} ${what}: ${why}`;
}
