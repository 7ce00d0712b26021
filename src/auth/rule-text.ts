import { z } from 'zod';
import { isAction, type Action } from './principal.ts';
import { parseRule, type Rule } from './rights.ts';

/** A rule as it is written by people, and recorded. */
export interface RuleText {
  readonly pattern: string;
  readonly actions: readonly Action[];
}

const SCOPE = z.array(z.object({ pattern: z.string(), actions: z.array(z.string()) }));

/** Reads `pull,push`. What this version does not know allows nothing. */
export function parseActions(text: string): readonly Action[] {
  return text.split(',').filter(isAction);
}

export function formatActions(actions: Iterable<Action>): string {
  return [...actions].join(',');
}

/** Reads the recorded scope of a token. */
export function readScope(json: string): readonly RuleText[] {
  return SCOPE.parse(JSON.parse(json)).map(({ pattern, actions }) => ({ pattern, actions: actions.filter(isAction) }));
}

export function formatScope(scope: readonly RuleText[]): string {
  return JSON.stringify(scope.map(({ pattern, actions }) => ({ pattern, actions })));
}

export function parseScopeText(json: string): readonly Rule[] {
  return readScope(json).map(({ pattern, actions }) => parseRule(pattern, actions));
}
