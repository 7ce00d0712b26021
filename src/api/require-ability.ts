import type { Identity } from '../auth/identity.ts';
import { AccessDeniedError } from '../oci/errors.ts';
import type { Ability } from './contract.ts';

/** What only administrators may do. @throws {AccessDeniedError} */
export function requireAbility(ability: Ability, identity: Identity): void {
  if (identity.isAdministrator) return;
  throw new AccessDeniedError(`Only an administrator may ${ability.replace('-', ' ')}.`);
}
