import { InvalidArgumentError } from 'commander';
import { parseRepositoryPattern, PatternInvalidError } from '../oci/repository-pattern.ts';

const ACTIONS = ['pull', 'push', 'delete', 'admin'] as const;

export type Action = (typeof ACTIONS)[number];

export interface RuleArgument {
  readonly pattern: string;
  readonly actions: Action[];
}

/**
 * Reads `team/**:pull,push`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseRuleArgument(text: string): RuleArgument {
  const colon = text.lastIndexOf(':');
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
 * Reads `pull,push`.
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
  return actions;
}
