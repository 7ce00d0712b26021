import { z } from 'zod';
import { isAction, isProjectAction, type GrantableAction } from './principal.ts';
import { parseRule, type Rule } from './rights.ts';

/** A rule as it is written by people. Its pattern names projects where its actions are those of projects. */
export interface RuleText {
  readonly pattern: string;
  readonly actions: readonly GrantableAction[];
}

/** A grant as it is recorded. */
export interface RecordedRule {
  readonly pattern: string;
  /** Comma-separated. */
  readonly actions: string;
}

/**
 * Stands before a pattern of projects where it is recorded, so that somebody may have a grant for `team/**` of either
 * kind. A version that knows of no projects reads it as a pattern of repositories, whose names never begin so.
 */
const PROJECTS = '_projects/';

export function isAboutProjects({ actions }: Pick<RuleText, 'actions'>): boolean {
  return actions.some(isProjectAction);
}

export function recordRule(rule: RuleText): RecordedRule {
  const pattern = isAboutProjects(rule) ? PROJECTS + rule.pattern : rule.pattern;
  return { pattern, actions: rule.actions.join(',') };
}

/** What this version does not know allows nothing. */
export function readRule({ pattern, actions }: RecordedRule): RuleText {
  const words = actions.split(',');
  if (!pattern.startsWith(PROJECTS)) return { pattern, actions: words.filter(isAction) };
  return { pattern: pattern.slice(PROJECTS.length), actions: words.filter(isProjectAction) };
}

export function parseRecordedRule(recorded: RecordedRule): Rule {
  const { pattern, actions } = readRule(recorded);
  return parseRule(pattern, actions);
}

const SCOPE = z.array(z.object({ pattern: z.string(), actions: z.array(z.string()) }));

/** Reads the recorded scope of a token. What this version does not know allows nothing. */
export function readScope(json: string): readonly RuleText[] {
  const isKnown = (action: string): action is GrantableAction => isAction(action) || isProjectAction(action);
  return SCOPE.parse(JSON.parse(json)).map(({ pattern, actions }) => ({ pattern, actions: actions.filter(isKnown) }));
}

export function formatScope(scope: readonly RuleText[]): string {
  return JSON.stringify(scope.map(({ pattern, actions }) => ({ pattern, actions })));
}

export function parseScopeText(json: string): readonly Rule[] {
  return readScope(json).map(({ pattern, actions }) => parseRule(pattern, actions));
}
