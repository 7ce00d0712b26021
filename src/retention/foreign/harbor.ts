import { z } from 'zod';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import type { Image } from '../image.ts';
import { DAY } from '../measures.ts';
import { parseYaml } from '../parse-text.ts';
import { globTest } from '../pattern.ts';
import { Patterns } from '../patterns.ts';
import { KEEP_EVERYTHING, type Limit, type Policy, type Rule } from '../policy.ts';
import { PolicyInvalidError } from '../problem.ts';
import { nameInProject } from './project-name.ts';

/** Templates, and what they retain when nothing else is said. */
const DEFAULTS = {
  latestPushedK: 10,
  latestPulledN: 10,
  latestActiveK: 10,
  nDaysSinceLastPush: 30,
  nDaysSinceLastPull: 30,
  lastXDays: 10,
  always: 0,
} as const;
type Template = keyof typeof DEFAULTS;
const TEMPLATES = Object.keys(DEFAULTS) as Template[];

const tagSelector = z.strictObject({
  kind: z.literal('doublestar').optional(),
  decoration: z.enum(['matches', 'excludes']),
  pattern: z.string(),
  extras: z.string().optional(),
});

const repositorySelector = z.strictObject({
  kind: z.literal('doublestar').optional(),
  decoration: z.enum(['repoMatches', 'repoExcludes']),
  pattern: z.string(),
  extras: z.string().optional(),
});

const rule = z.strictObject({
  id: z.number().optional(),
  priority: z.number().optional(),
  disabled: z.boolean().optional(),
  action: z.literal('retain'),
  template: z.enum(TEMPLATES),
  params: z.record(z.string(), z.int().min(0)).nullish(),
  tag_selectors: z.array(tagSelector).nullish(),
  scope_selectors: z.record(z.string(), z.array(repositorySelector)).nullish(),
});
type HarborRule = z.infer<typeof rule>;

/** Harbor itself takes no more. */
const MAX_RULES = 15;

const schema = z.strictObject({
  id: z.number().optional(),
  algorithm: z.literal('or'),
  rules: z.array(rule).min(1).max(MAX_RULES),
  trigger: z.unknown().optional(),
  scope: z.unknown().optional(),
});

const FIELDS = [...Object.keys(schema.shape), ...Object.keys(rule.shape), ...Object.keys(tagSelector.shape)];

interface ScopedRule {
  readonly rule: Rule;
  readonly isFor: (repository: string) => boolean;
}

/**
 * Tag retention of Harbor, as its API has it: what no rule retains goes, in repositories that a rule is for.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://goharbor.io/docs/latest/working-with-projects/working-with-images/create-tag-retention-rules/
 */
export function readHarbor(text: string): PolicyDocument {
  const document = checkShape(schema, parseYaml(text), FIELDS);
  const patterns = new Patterns();
  const scoped = document.rules.map((one, index) => scopedRule(one, index, patterns));
  if (patterns.problems.length > 0) throw new PolicyInvalidError(patterns.problems);
  const enabled = scoped.filter((_, index) => document.rules[index]?.disabled !== true);
  const warnings =
    document.trigger === undefined ? [] : [{ path: 'trigger', message: 'the schedule is set here instead' }];
  return { policyFor: (repository) => policyOf(enabled, nameInProject(repository)), warnings };
}

function policyOf(scoped: readonly ScopedRule[], name: string): Policy {
  const rules = scoped.filter(({ isFor }) => isFor(name)).map((one) => one.rule);
  if (rules.length === 0) return KEEP_EVERYTHING;
  return { mode: 'keep-wins', unit: 'image', belongings: 'attached', rules, otherwise: 'expire', assign: 'every' };
}

function scopedRule(one: HarborRule, index: number, patterns: Patterns): ScopedRule {
  const path = `rules[${index}]`;
  const tagTests = (one.tag_selectors ?? []).map((selector, at) =>
    tagTest(selector, `${path}.tag_selectors[${at}]`, patterns),
  );
  const scopes = one.scope_selectors?.['repository'] ?? [];
  const repositoryTests = scopes.map(({ decoration, pattern }, at) => {
    const matches = patterns.compile(globTest, pattern, `${path}.scope_selectors.repository[${at}].pattern`);
    return (name: string): boolean => matches(name) === (decoration === 'repoMatches');
  });
  return {
    rule: {
      priority: index + 1,
      name: `rule ${index + 1} (${one.template})`,
      action: 'keep',
      selects: (image) => tagTests.every((test) => test(image)),
      limits: limitsOf(one.template, one.params?.[one.template] ?? DEFAULTS[one.template]),
    },
    isFor: (name) => repositoryTests.every((test) => test(name)),
  };
}

/** `excludes`: one of its tags does not match, not: none does. */
function tagTest(
  { decoration, pattern, extras }: z.infer<typeof tagSelector>,
  path: string,
  patterns: Patterns,
): (image: Image) => boolean {
  const matches = patterns.compile(globTest, pattern, `${path}.pattern`);
  const isMatch = decoration === 'matches';
  const withUntagged = untaggedOf(extras, path, patterns) ?? isMatch;
  return ({ tags }) => (tags.length === 0 ? withUntagged === isMatch : tags.some((tag) => matches(tag) === isMatch));
}

/** What `extras`, JSON in a text, says of untagged artifacts; `undefined` when there is none. */
function untaggedOf(extras: string | undefined, path: string, patterns: Patterns): boolean | undefined {
  if (extras === undefined || extras === '') return undefined;
  try {
    const read: unknown = JSON.parse(extras);
    return typeof read === 'object' && read !== null && 'untagged' in read && read.untagged === true;
  } catch {
    patterns.problems.push({
      path: `${path}.extras`,
      message: 'must be JSON in a text, such as "{\\"untagged\\":true}"',
    });
    return undefined;
  }
}

function limitsOf(template: Template, count: number): Limit[] {
  switch (template) {
    case 'latestPushedK':
      return [{ type: 'newest', count, orderBy: 'push' }];
    case 'latestPulledN':
      return [{ type: 'newest', count, orderBy: 'pull' }];
    case 'latestActiveK':
      return [{ type: 'newest', count, orderBy: 'active' }];
    case 'nDaysSinceLastPush':
      return [{ type: 'age', milliseconds: count * DAY, since: 'push' }];
    case 'nDaysSinceLastPull':
      return [{ type: 'age', milliseconds: count * DAY, since: 'pull' }];
    case 'lastXDays':
      return [{ type: 'age', milliseconds: count * DAY, since: 'push', isExclusive: true }];
    case 'always':
      return [];
  }
}
