import type { PolicyProblem } from '../problem.ts';
import { Checker } from './checker.ts';
import { checkRulesTogether } from './check-rules-together.ts';
import { checkSelection, type CheckedSelection } from './check-selection.ts';

/** What one rule says, as far as it could be read. */
export interface CheckedRule {
  readonly path: string;
  readonly priority?: number;
  readonly selection?: CheckedSelection;
}

/** More is what AWS documents as its quota; nothing here breaks with more. */
const USUAL_RULES = 50;

/** Everything that is wrong with a policy of ECR, and what is odd. */
export function checkEcr(document: unknown): {
  problems: readonly PolicyProblem[];
  warnings: readonly PolicyProblem[];
} {
  const checker = new Checker();
  if (!checker.isObject(document, '', ['rules'])) return checker;
  const { rules } = document;
  if (!Array.isArray(rules) || rules.length === 0) {
    checker.problem('rules', 'a list of at least one rule is required');
    return checker;
  }
  if (rules.length > USUAL_RULES) checker.warn('rules', `${rules.length} rules: ECR takes ${USUAL_RULES}`);
  const checked = rules.map((rule, index) => checkRule(rule, `rules[${index}]`, checker));
  checkRulesTogether(checked, checker);
  return checker;
}

function checkRule(rule: unknown, path: string, checker: Checker): CheckedRule {
  if (!checker.isObject(rule, path, ['rulePriority', 'description', 'selection', 'action'])) return { path };
  const priority = checker.positiveInteger(rule['rulePriority'], `${path}.rulePriority`);
  if (rule['description'] !== undefined && typeof rule['description'] !== 'string') {
    checker.problem(`${path}.description`, 'must be text');
  }
  const selection = checkSelection(rule['selection'], `${path}.selection`, checker);
  const action = checkAction(rule['action'], `${path}.action`, checker);
  if (selection !== undefined && action !== undefined) checkPair({ selection, action, path }, checker);
  return {
    path,
    ...(priority === undefined ? {} : { priority }),
    ...(selection === undefined ? {} : { selection }),
  };
}

function checkAction(action: unknown, path: string, checker: Checker): string | undefined {
  if (!checker.isObject(action, path, ['type', 'targetStorageClass'])) return undefined;
  const type = checker.oneOf(action['type'], `${path}.type`, ['expire', 'transition']);
  const target = action['targetStorageClass'];
  const targetPath = `${path}.targetStorageClass`;
  if (type === 'expire' && target !== undefined)
    checker.problem(targetPath, 'only an action of type "transition" has one');
  if (type !== 'expire' && target !== undefined) checker.oneOf(target, targetPath, ['archive']);
  if (type === 'transition' && target === undefined)
    checker.problem(targetPath, 'required with "transition": "archive"');
  return type;
}

interface Pair {
  readonly selection: CheckedSelection;
  readonly action: string;
  readonly path: string;
}

/** What a selection and an action must agree about. */
function checkPair({ selection, action, path }: Pair, checker: Checker): void {
  const at = `${path}.action.type`;
  const { countType, storageClass } = selection;
  if (countType === 'sinceImagePulled' && action !== 'transition') {
    checker.problem(at, '"sinceImagePulled" can only "transition"');
  }
  if (countType === 'sinceImageTransitioned' && action !== 'expire') {
    checker.problem(at, '"sinceImageTransitioned" can only "expire"');
  } else if (storageClass === 'archive' && action === 'transition') {
    checker.problem(at, 'what is in the archive cannot "transition" to it again');
  }
}
