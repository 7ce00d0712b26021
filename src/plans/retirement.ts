import type { Leases } from '../jobs/leases.ts';
import type { Database } from '../metadata/database.ts';
import { deleteLease } from '../metadata/leases.ts';
import {
  deletePlan,
  deletePlanItems,
  listExpiredPlans,
  listPlanItems,
  retirePlan,
  retireStoppedPlan,
} from '../metadata/plans.ts';
import { leaseOf } from './plan-lease.ts';

const ROWS = 1000;

/** Forgets plans whose life is over; one that is being applied lives on. */
export async function purgePlans(
  { db, now }: { readonly db: Database; readonly now: () => Date },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const ids = await listExpiredPlans(db, now(), 100);
    if (ids.length === 0) return;
    for (const id of ids) {
      await removePlan(db, id);
      signal.throwIfAborted();
    }
  }
}

/** A plan that is cut off half-way is one whose life is over. @returns `false`: it is being applied. */
export async function removePlan(db: Database, id: string): Promise<boolean> {
  if (!(await db.transaction((tx) => retirePlan(tx, id)))) return false;
  await removeRetired(db, id);
  return true;
}

/**
 * Forgets a plan, also one that was stopped half-way.
 *
 * @param lease under which it is applied.
 * @returns `false`: it is being applied.
 */
export async function discardPlan(
  { db, leases }: { readonly db: Database; readonly leases: Pick<Leases, 'take'> },
  id: string,
  lease: string,
): Promise<boolean> {
  if (await removePlan(db, id)) return true;
  const held = await leases.take(lease);
  if (held === undefined) return false;
  try {
    if (await db.transaction((tx) => retireStoppedPlan(tx, id))) await removeRetired(db, id);
    return true;
  } finally {
    await held.release();
  }
}

async function removeRetired(db: Database, id: string): Promise<void> {
  for (;;) {
    const last = (await listPlanItems(db, { planId: id, after: -1, limit: ROWS })).at(-1);
    if (last === undefined) break;
    await db.transaction((tx) => deletePlanItems(tx, id, last.position + 1), { durable: false });
  }
  await db.transaction(async (tx) => {
    await deletePlan(tx, id);
    await deleteLease(tx, leaseOf(id));
  });
}
