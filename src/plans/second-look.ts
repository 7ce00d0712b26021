import type { Actor } from '../metadata/actor.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { listPlanItems, savePlanItem } from '../metadata/plans.ts';
import type { Rules } from '../registry/rules/rules.ts';
import { keyOf, lookUpIn, PlanComparison, type PlanChange } from './changes.ts';
import { evaluate, type EvaluationProgress, type Permitted } from './evaluation.ts';
import { pagesOf } from './pages.ts';
import type { PlanItem } from './plan.ts';
import { placedItemOf, type PlacedItem, type Plan } from './stored-plan.ts';

export interface LookParts {
  readonly db: Database;
  readonly rules: Pick<Rules, 'at'>;
  readonly now: () => Date;
}

export interface LookOptions {
  readonly actor: Actor;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { readonly phase: 'evaluating' } & EvaluationProgress) => void;
}

export interface Skipped {
  readonly position: number;
  readonly text: string;
}

export interface SecondLook {
  readonly changes: readonly PlanChange[];
  /** How much the plan was to delete. */
  readonly planned: number;
  /** What is to be left alone: all that changed, and what goes with it. */
  readonly skip: readonly Skipped[];
}

/**
 * Makes the plan again from its source, as of the time it was made: what differs is what the world did, not the clock.
 * What changed never goes; when something did, what may go is found out once more without it.
 */
export async function lookAgain(parts: LookParts, plan: Plan, options: LookOptions): Promise<SecondLook> {
  const comparison = new PlanComparison();
  for await (const placed of itemsOf(parts.db, plan.id, options.signal)) comparison.plan(placed);
  return parts.db.snapshot(async (facts) => {
    const look = (sink: (items: readonly PlanItem[]) => void, permitted?: Permitted) =>
      evaluate(
        facts,
        {
          source: plan.source,
          rules: parts.rules,
          actor: options.actor,
          asOf: plan.createdAt,
          now: parts.now(),
          signal: options.signal,
          ...(permitted !== undefined && { permitted }),
          onProgress: (progress) => options.onProgress?.({ phase: 'evaluating', ...progress }),
        },
        async (_, found) => sink(found),
      );
    await look((found) => comparison.see(found));
    await comparison.settle((repository, planned) => lookUpIn(facts, repository, planned));
    const { changes, size: planned } = comparison;
    if (changes.length === 0) return { changes, planned, skip: [] };
    const accepted = new Set<string>();
    await look((found) => {
      for (const item of found) if (item.action === 'delete') accepted.add(keyOf(item));
    }, comparison);
    return { changes, planned, skip: comparison.skipped(accepted) };
  });
}

/** Writes down that one item is to be left alone. */
export async function skipItem(tx: Transaction, planId: string, { position, text }: Skipped): Promise<void> {
  for (const row of await listPlanItems(tx, { planId, after: position - 1, limit: 1 })) {
    const item = JSON.stringify({ ...placedItemOf(row).item, skipped: text });
    await savePlanItem(tx, planId, { position, item });
  }
}

/** All items of a plan. */
export async function* itemsOf(db: Database, planId: string, signal: AbortSignal): AsyncGenerator<PlacedItem, void> {
  const page = (after: number, limit: number) => listPlanItems(db, { planId, after, limit });
  for await (const rows of pagesOf(-1, page, ({ position }) => position, signal)) {
    for (const row of rows) yield placedItemOf(row);
  }
}
