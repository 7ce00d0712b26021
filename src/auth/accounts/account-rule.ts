import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { isAction } from '../principal.ts';
import { parseRule } from '../rights.ts';
import { isAboutProjects, readRule, recordRule, type RuleText } from '../rule-text.ts';
import { AccountInvalidError } from './account-errors.ts';

/**
 * Refuses what no grant and no scope says.
 *
 * @param whatIsMissing a sentence, for a rule without actions.
 * @throws {AccountInvalidError} no actions, or some of repositories and some of projects.
 * @throws {PatternInvalidError}
 */
export function checkRule(rule: RuleText, whatIsMissing: string): void {
  const { pattern, actions } = rule;
  parseRule(pattern, actions);
  if (actions.length === 0) throw new AccountInvalidError(whatIsMissing);
  const recorded = recordRule(rule);
  // As a version reads it that knows of no projects.
  parseRepositoryPattern(recorded.pattern);
  if (readRule(recorded).pattern !== pattern) {
    throw new AccountInvalidError(`"${pattern}" names no repository: none begins so.`);
  }
  if (!isAboutProjects(rule)) return;
  const ofRepositories = actions.filter(isAction);
  if (ofRepositories.length === 0) return;
  const ofProjects = actions.filter((action) => !isAction(action));
  throw new AccountInvalidError(
    `"${pattern}" would name repositories for ${ofRepositories.join(', ')}, and projects for ${ofProjects.join(', ')}. Say them apart: one for the repositories, one for the projects.`,
  );
}
