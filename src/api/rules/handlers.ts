import type { Grantee as FoundGrantee } from '../../auth/accounts/grants.ts';
import type { NewRule, WrittenRule } from '../../registry/rules/rule-book.ts';
import { TooManyRulesError } from '../../registry/rules/rule-book.ts';
import type { RulePrincipal as BoundPrincipal } from '../../registry/rules/rule.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { principalOf } from '../grants/handlers.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { addRule, listRules, removeRule, type RuleInput, type RuleOutput, type RulePrincipal } from './contract.ts';

type RuleParts = Pick<AdminParts, 'ruleBook' | 'grants' | 'users' | 'htpasswd'>;

export function ruleEndpoints(parts: RuleParts): readonly Endpoint[] {
  const { ruleBook } = parts;
  return [
    endpoint(listRules, async ({ repository }) => {
      const rules = await ruleBook.list();
      const wanted = rules.filter(({ rule }) => repository === undefined || rule.pattern.matches(repository));
      return { rules: wanted.map(ruleOutputOf) };
    }),
    endpoint(addRule, async (input, { actor }) => {
      const written = await ruleBook.add(await newRuleOf(input, parts), actor).catch(asRefusal);
      return { rule: ruleOutputOf(written) };
    }),
    endpoint(removeRule, async ({ id }, { actor }) => {
      const removed = await ruleBook.remove(id, actor);
      if (removed === undefined) throw new ProblemError(404, 'RULE_UNKNOWN', `There is no rule ${id}.`);
      return { rule: ruleOutputOf(removed) };
    }),
  ];
}

async function newRuleOf({ kind, pattern, ...settings }: RuleInput, parts: RuleParts): Promise<NewRule> {
  if ('principals' in settings) {
    const principals = await Promise.all(settings.principals.map((principal) => boundOf(principal, parts)));
    return { kind, pattern, settings: { ...settings, principals } };
  }
  // The schema of the kind has checked its settings.
  return { kind, pattern, settings: settings as NewRule['settings'] };
}

/** The rule is bound to the id: another one of that name, later, is somebody else. */
async function boundOf(principal: RulePrincipal, parts: RuleParts): Promise<BoundPrincipal> {
  const { id, kind, name }: FoundGrantee = await parts.grants.find(await principalOf(principal, parts));
  return { id, kind, name };
}

function ruleOutputOf({ rule, createdAt, createdBy }: WrittenRule): RuleOutput {
  const { id, kind, pattern, settings } = rule;
  const recorded = { id, createdAt: createdAt.toISOString(), createdBy };
  const principals =
    kind === 'protected' ? { principals: settings.principals.map(({ kind: of, name }) => ({ kind: of, name })) } : {};
  return { ...recorded, kind, pattern: pattern.text, ...settings, ...principals } as unknown as RuleOutput; // by its kind, as it was given
}

function asRefusal(error: unknown): never {
  if (error instanceof TooManyRulesError) throw new ProblemError(409, 'TOO_MANY_RULES', error.message);
  throw error;
}
