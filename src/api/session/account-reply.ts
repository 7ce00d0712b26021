import type { Identity } from '../../auth/identity.ts';
import { actionSet, hasAction } from '../../auth/rights.ts';
import type { RuleText } from '../../auth/rule-text.ts';
import type { Contract } from '../contract.ts';
import type { AdminParts } from '../parts.ts';
import type { Account } from './contract.ts';

export type AccountParts = Pick<AdminParts, 'ownPassword' | 'rulesOf'>;

/**
 * Who somebody is and what they may do, so that nobody is offered what they may not.
 *
 * @param contracts of all endpoints: they say what is allowed to whom.
 */
export async function accountOf(
  identity: Identity,
  contracts: readonly Contract[],
  { ownPassword, rulesOf }: AccountParts,
): Promise<Account> {
  const { principal, isAdministrator, isDelegated } = identity;
  // A token from `/token` has what was asked for, which is for registry clients.
  const rules = isAdministrator || isDelegated ? [] : await rulesOf(principal.id);
  return {
    name: principal.name,
    kind: principal.kind === 'token' ? 'token' : 'user',
    isAdministrator,
    canChangePassword: await ownPassword.isChangeable(identity),
    abilities: abilitiesOf(contracts.filter((contract) => isAdministrator || isForAll(contract, contracts))),
    grants: rules.map((rule) => ({
      pattern: rule.pattern,
      actions: [...rule.actions],
      abilities: abilitiesOf(contracts.filter((contract) => isGivenBy(contract, rule, contracts))),
    })),
  };
}

/** Whether whoever has a credential has the ability, wherever it is asked for. */
function isForAll({ ability }: Contract, contracts: readonly Contract[]): boolean {
  return contracts.every((contract) => contract.ability !== ability || contract.audience !== undefined);
}

/** Whether a rule gives the whole ability where it holds: whoever may only look at policies is not to be offered more. */
function isGivenBy({ ability }: Contract, { actions }: RuleText, contracts: readonly Contract[]): boolean {
  const set = actionSet(actions);
  const wanted = contracts
    .filter((contract) => contract.ability === ability)
    .flatMap(({ action, projectAction }) => action ?? projectAction ?? []);
  return wanted.length > 0 && wanted.every((action) => hasAction(set, action));
}

function abilitiesOf(contracts: readonly Contract[]): string[] {
  return [...new Set(contracts.map(({ ability }) => ability))].toSorted();
}
