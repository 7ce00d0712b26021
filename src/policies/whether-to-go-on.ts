import type { Queryable } from '../metadata/database.ts';
import { findPolicyById, type PlacedPolicyRow } from '../metadata/policies.ts';
import { policyStopped } from './policy-errors.ts';
import type { StoredPolicy } from './policy.ts';

/** What a policy has to be while it runs. */
export interface Demands {
  readonly mustBeEnabled: boolean;
  /** Its runs have to delete. */
  readonly mustBeForReal: boolean;
}

export interface Going extends Demands {
  /** Id of the connected registry where it runs; `undefined`: this one. */
  readonly connection: string | undefined;
}

/**
 * Whether a run may go on, by what is said of its policy now: whoever switches one off means it at once.
 *
 * @throws {PolicyError} `POLICY_STOPPED`.
 */
export async function requireGoing(db: Queryable, { id, name }: StoredPolicy, going: Going): Promise<void> {
  const because = whyStopped(await findPolicyById(db, id), going);
  if (because !== undefined) throw policyStopped(name, because);
}

function whyStopped(row: PlacedPolicyRow | undefined, going: Going): string | undefined {
  if (row === undefined) return 'was removed';
  if ((row.connection ?? undefined) !== going.connection) return 'was moved to another registry';
  if (going.mustBeEnabled && row.isEnabled === 0) return 'was disabled';
  if (going.mustBeForReal && row.isDryRun === 1) return 'became one that only looks';
  return undefined;
}
