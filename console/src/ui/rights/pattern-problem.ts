import { ApiProblem } from '../../api/problem.ts';
import type { Rule } from './rule.ts';

/** Of which of the rules that were sent the server refused the pattern: it quotes it, and where it does not, it is any. */
export function patternProblem(error: unknown, rules: readonly Rule[]): (rule: Rule) => boolean {
  if (!(error instanceof ApiProblem) || error.code !== 'PATTERN_INVALID') return () => false;
  const isQuoted = ({ pattern }: Rule): boolean => error.message.includes(JSON.stringify(pattern));
  return rules.some(isQuoted) ? isQuoted : () => true;
}
