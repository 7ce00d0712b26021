import type { Database } from '../metadata/database.ts';
import { countOpenRemotePlans } from '../metadata/plans.ts';
import { PlanError } from '../plans/plan-errors.ts';

/** How many plans that can be applied one may have at one registry. */
const MOST_OPEN = 20;

/** @param name of the registry. */
export function planBeingMade(name: string): PlanError {
  return new PlanError(
    'PLAN_BEING_MADE',
    `A plan is being made for ${name} already, here or by another node: one at a time. Try again when it is made.`,
  );
}

/** @throws {PlanError} they have as many as one may. */
export async function requireRoom(
  db: Database,
  asked: { readonly connection: string; readonly name: string; readonly createdBy: string; readonly now: number },
): Promise<void> {
  const { name, ...whose } = asked;
  if ((await countOpenRemotePlans(db, { ...whose, limit: MOST_OPEN })) < MOST_OPEN) return;
  throw new PlanError(
    'PLANS_TOO_MANY',
    `You have ${MOST_OPEN} plans for ${name} that are not applied, which is as many as one may: discard some, or wait until they expire.`,
  );
}
