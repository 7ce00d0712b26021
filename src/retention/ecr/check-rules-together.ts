import type { CheckedRule } from './check-ecr.ts';
import type { Checker } from './checker.ts';

/** What no rule alone can be wrong about. */
export function checkRulesTogether(rules: readonly CheckedRule[], checker: Checker): void {
  const priorities = new Map<number, CheckedRule>();
  for (const rule of rules) {
    if (rule.priority === undefined) continue;
    const other = priorities.get(rule.priority);
    if (other === undefined) priorities.set(rule.priority, rule);
    else checker.problem(`${rule.path}.rulePriority`, `${rule.priority} is the priority of ${other.path} already`);
  }
  for (const storageClass of ['standard', 'archive']) {
    const ofClass = rules.filter(({ selection }) => selection?.storageClass === storageClass);
    checkUntagged(ofClass, storageClass, checker);
    checkAnyIsLast(ofClass, storageClass, checker);
    checkSameLists(ofClass, checker);
  }
}

function checkUntagged(rules: readonly CheckedRule[], storageClass: string, checker: Checker): void {
  const [first, ...others] = rules.filter(({ selection }) => selection?.tagStatus === 'untagged');
  for (const { path } of others) {
    const message = `only one rule for untagged images of the ${storageClass} storage class: see ${first?.path ?? ''}`;
    checker.problem(`${path}.selection.tagStatus`, message);
  }
}

function checkAnyIsLast(rules: readonly CheckedRule[], storageClass: string, checker: Checker): void {
  for (const { path, priority, selection } of rules) {
    if (selection?.tagStatus !== 'any' || priority === undefined) continue;
    const later = rules.find((other) => other.path !== path && (other.priority ?? 0) > priority);
    if (later === undefined) continue;
    const message = `a rule for "any" must come last of the ${storageClass} storage class: ${later.path} has a higher number`;
    checker.problem(`${path}.rulePriority`, message);
  }
}

function checkSameLists(rules: readonly CheckedRule[], checker: Checker): void {
  const prefixLists = new Map<string, string>();
  const patternLists = new Map<string, string>();
  for (const { path, selection } of rules) {
    const samePrefixes = seenBefore(prefixLists, selection?.prefixes, path);
    if (samePrefixes !== undefined) {
      checker.problem(`${path}.selection.tagPrefixList`, `the same list as of ${samePrefixes}`);
    }
    const samePatterns = seenBefore(patternLists, selection?.patterns, path);
    if (samePatterns !== undefined) {
      const message = `the same list as of ${samePatterns}: one of the two never decides anything`;
      checker.warn(`${path}.selection.tagPatternList`, message);
    }
  }
}

/** The path of the rule that has the same set. */
function seenBefore(seen: Map<string, string>, list: readonly string[] | undefined, path: string): string | undefined {
  if (list === undefined) return undefined;
  const key = JSON.stringify([...new Set(list)].toSorted());
  const before = seen.get(key);
  if (before === undefined) seen.set(key, path);
  return before;
}
