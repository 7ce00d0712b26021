import { InvalidArgumentError } from 'commander';
import { parseRepositoryPattern, PatternInvalidError } from '../oci/repository-pattern.ts';

const REPOSITORY_ACTIONS = ['pull', 'push', 'delete', 'admin'] as const;
const PROJECT_ACTIONS = ['registries:read', 'registries:use', 'registries:manage'] as const;
const ACTIONS = [...REPOSITORY_ACTIONS, ...PROJECT_ACTIONS] as const;

export type Action = (typeof ACTIONS)[number];

export interface RuleArgument {
  readonly pattern: string;
  readonly actions: Action[];
}

/**
 * Reads `team/**:pull,push` and `pn-123456:registries:use`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseRuleArgument(text: string): RuleArgument {
  // Actions of projects have a colon in them, patterns have none.
  const colon = text.indexOf(':');
  if (colon === -1) throw new InvalidArgumentError(`It must be like 'team/**:pull,push'.`);
  return { pattern: parsePatternArgument(text.slice(0, colon)), actions: parseActionsArgument(text.slice(colon + 1)) };
}

/** @throws {InvalidArgumentError} */
export function parsePatternArgument(text: string): string {
  try {
    return parseRepositoryPattern(text).text;
  } catch (error) {
    if (error instanceof PatternInvalidError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/**
 * Reads `pull,push`, or `registries:use`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseActionsArgument(text: string): Action[] {
  const words = text.split(',').map((word) => word.trim());
  const actions = ACTIONS.filter((action) => words.includes(action));
  const wrong = words.find((word) => !ACTIONS.some((action) => action === word));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`"${wrong}" is no action; the actions are ${ACTIONS.join(', ')}.`);
  }
  if (areAboutProjects(actions) && actions.some(isOfRepositories)) {
    throw new InvalidArgumentError(
      `${REPOSITORY_ACTIONS.join(', ')} are about repositories, ${PROJECT_ACTIONS.join(', ')} about projects: say them apart, in two commands.`,
    );
  }
  return actions;
}

/** Then the pattern names projects. */
export function areAboutProjects(actions: readonly Action[]): boolean {
  return !actions.every(isOfRepositories);
}

function isOfRepositories(action: Action): boolean {
  return REPOSITORY_ACTIONS.some((one) => one === action);
}
