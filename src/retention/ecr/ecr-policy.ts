import { storageClassOf, type Image } from '../image.ts';
import { DAY } from '../measures.ts';
import type { AgeKey, Limit, Rule, RulePolicy } from '../policy.ts';
import type { EcrCountType, EcrRule, EcrSelection } from './ecr-rule.ts';
import { starMatcher } from '../star-pattern.ts';

/** Rules as ECR evaluates them. They are not checked here: see `read-ecr.ts`. */
export function ecrPolicy(rules: readonly EcrRule[]): RulePolicy {
  return {
    mode: 'ecr',
    unit: 'image',
    belongings: 'ecr',
    rules: rules.map(ruleOf),
    otherwise: 'keep',
    assign: 'every',
  };
}

function ruleOf({ rulePriority, selection, action }: EcrRule): Rule {
  return {
    priority: rulePriority,
    name: `rule ${rulePriority}`,
    action: action.type,
    selects: selectorOf(selection),
    limits: [limitOf(selection)],
  };
}

function selectorOf(selection: EcrSelection): (image: Image) => boolean {
  const storageClass = selection.storageClass ?? 'standard';
  const matchesTags = tagTest(selection);
  return (image) => storageClassOf(image) === storageClass && matchesTags(image.tags);
}

function tagTest(selection: EcrSelection): (tags: readonly string[]) => boolean {
  if (selection.tagStatus === 'any') return () => true;
  if (selection.tagStatus === 'untagged') return (tags) => tags.length === 0;
  // All of the list: each by one of the tags, whichever.
  const tests = [
    ...(selection.tagPrefixList ?? []).map((prefix) => (tag: string) => tag.startsWith(prefix)),
    ...(selection.tagPatternList ?? []).map(starMatcher),
  ];
  return (tags) => tags.length > 0 && tests.every((test) => tags.some(test));
}

const SINCE: Readonly<Record<Exclude<EcrCountType, 'imageCountMoreThan'>, AgeKey>> = {
  sinceImagePushed: 'push',
  sinceImagePulled: 'use',
  sinceImageTransitioned: 'transition',
};

function limitOf({ countType, countNumber }: EcrSelection): Limit {
  if (countType === 'imageCountMoreThan') return { type: 'newest', count: countNumber, orderBy: 'push' };
  return { type: 'age', milliseconds: countNumber * DAY, since: SINCE[countType] };
}
