import { parseDuration, parseSize } from '../amounts.ts';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import { parseYaml } from '../parse-text.ts';
import { globTest, PatternInvalidError } from '../pattern.ts';
import type { Limit, Rule, RulePolicy } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { NATIVE_FIELDS, nativeSchema, type NativeDocument, type NativeRule } from './native-schema.ts';
import { listOf, nativeSelector, type Compile } from './native-selector.ts';

/** A rule, and the repositories it is for. */
interface ScopedRule {
  readonly rule: Rule;
  readonly isFor: (repository: string) => boolean;
}

/**
 * A policy in our own form, in YAML or JSON: docs/lifecycle-policies.md.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 */
export function readNative(text: string): PolicyDocument {
  const document = checkShape(nativeSchema, parseYaml(text), NATIVE_FIELDS);
  const problems: PolicyProblem[] = checkTogether(document);
  const scoped = document.rules.map((rule, index) => scopedRule(rule, index, problems));
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return {
    policyFor: (repository) =>
      policyOf(
        document.mode,
        scoped.flatMap(({ rule, isFor }) => (isFor(repository) ? [rule] : [])),
      ),
    warnings: warningsOf(document),
  };
}

function policyOf(mode: NativeDocument['mode'], rules: readonly Rule[]): RulePolicy {
  return { mode, unit: 'image', belongings: 'attached', rules, otherwise: 'keep', assign: 'every' };
}

function scopedRule(rule: NativeRule, index: number, problems: PolicyProblem[]): ScopedRule {
  const path = `rules[${index}]`;
  const compileAt =
    (base: string): Compile =>
    (make, pattern, at) => {
      try {
        return make(pattern);
      } catch (error) {
        if (!(error instanceof PatternInvalidError)) throw error;
        problems.push({ path: `${base}.${at}`, message: error.message });
        return () => false;
      }
    };
  const { selects, tagsMeant } = nativeSelector(rule.select ?? {}, compileAt(`${path}.select`));
  const repositories = listOf(rule.repositories).map((glob) => compileAt(path)(globTest, glob, 'repositories'));
  const priority = rule.priority ?? index + 1;
  const base = { priority, name: rule.name ?? `rule ${priority}`, limits: limitsOf(rule) };
  return {
    rule:
      rule.action === 'untag'
        ? { ...base, action: 'untag', selects: (image) => tagsMeant(image).length > 0, tagsToRemove: tagsMeant }
        : { ...base, action: rule.action, selects },
    isFor: (repository) => repositories.length === 0 || repositories.some((test) => test(repository)),
  };
}

function limitsOf(rule: NativeRule): Limit[] {
  const orderBy = rule.orderBy ?? 'push';
  const since = rule.since === 'pull' ? 'use' : (rule.since ?? 'push');
  const isKeep = rule.action === 'keep';
  const newest = isKeep ? rule.newest : rule.beyondNewest;
  const size = isKeep ? rule.totalSize : rule.beyondTotalSize;
  const age = isKeep ? rule.newerThan : rule.olderThan;
  const limits: Limit[] = [];
  if (newest !== undefined) limits.push({ type: 'newest', count: newest, orderBy });
  const bytes = typeof size === 'string' ? parseSize(size) : size;
  if (bytes !== undefined) limits.push({ type: 'totalSize', bytes, orderBy });
  const milliseconds = age === undefined ? undefined : parseDuration(age);
  if (milliseconds !== undefined) limits.push({ type: 'age', milliseconds, since });
  return limits;
}

function checkTogether({ rules }: NativeDocument): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const given = rules.filter(({ priority }) => priority !== undefined);
  const seen = new Map<number, number>();
  rules.forEach((rule, index) => {
    const path = `rules[${index}]`;
    if (rule.priority === undefined && given.length > 0) {
      problems.push({ path: `${path}.priority`, message: 'required: other rules have one' });
    }
    const other = rule.priority === undefined ? undefined : seen.get(rule.priority);
    if (other !== undefined) {
      problems.push({
        path: `${path}.priority`,
        message: `${rule.priority ?? ''} is the priority of rules[${other}] already`,
      });
    }
    if (rule.priority !== undefined) seen.set(rule.priority, index);
    problems.push(...unusedFields(rule, path));
  });
  return problems;
}

/** A field that would do nothing is a mistake somebody would notice too late. */
function unusedFields(rule: NativeRule, path: string): PolicyProblem[] {
  const limits = limitsOf(rule);
  const problems: PolicyProblem[] = [];
  const counts = limits.some(({ type }) => type !== 'age');
  if (rule.orderBy !== undefined && !counts) {
    problems.push({ path: `${path}.orderBy`, message: 'does nothing without a count or a total size' });
  }
  if (rule.since !== undefined && !limits.some(({ type }) => type === 'age')) {
    problems.push({ path: `${path}.since`, message: 'does nothing without an age' });
  }
  const select = rule.select ?? {};
  if (select.tags === 'untagged' || select.tags === 'any') {
    for (const field of ['prefixes', 'globs', 'regexes', 'semver'] as const) {
      if (select[field] === undefined) continue;
      const message = `only allowed with "tags: tagged", not "${select.tags}"`;
      problems.push({ path: `${path}.select.${field}`, message });
    }
  }
  return problems;
}

function warningsOf({ rules }: NativeDocument): PolicyProblem[] {
  const warnings: PolicyProblem[] = [];
  if (rules.every(({ action }) => action === 'keep')) {
    warnings.push({ path: 'rules', message: 'there are only keep rules: nothing ever goes' });
  }
  rules.forEach((rule, index) => {
    if (rule.action === 'keep' || rule.select !== undefined || limitsOf(rule).length > 0) return;
    warnings.push({
      path: `rules[${index}]`,
      message: 'selects everything and has no limit: nothing stays but what is kept',
    });
  });
  return warnings;
}
