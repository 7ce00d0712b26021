import type { Outcome, RuleName } from './decision.ts';

/** What the rules say of one candidate, before what belongs together is looked at. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly rule?: RuleName;
  readonly reason: string;
  /** The tags that go, when the outcome is `untag`. */
  readonly untag: readonly string[];
  readonly blockedBy: readonly string[];
  /** It goes because this one goes. */
  readonly follows?: string;
}

export function keep(reason: string, rule?: RuleName): Verdict {
  return verdict('keep', reason, rule);
}

export function verdict(outcome: Outcome, reason: string, rule?: RuleName): Verdict {
  const base = { outcome, reason, untag: [], blockedBy: [] };
  return rule === undefined ? base : { ...base, rule: { priority: rule.priority, name: rule.name } };
}

/** It would have gone. */
export function blocked(wanted: Verdict, blockedBy: readonly string[]): Verdict {
  const because = blockedBy.join('; ');
  const reason = `it stays, because ${because}; else: ${wanted.reason}`;
  return { ...keep(reason, wanted.rule), blockedBy };
}
