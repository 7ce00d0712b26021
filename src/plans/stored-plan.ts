import type { PlanItemRow, PlanRow, PlanState } from '../metadata/plans.ts';
import type { PlanItem, PlanResult, PlanSource, PlanSummary } from './plan.ts';

/** A plan without its items. */
export interface Plan {
  readonly id: string;
  /** `sha256:…` over what goes: two plans that delete the same have the same one. */
  readonly digest: string;
  readonly source: PlanSource;
  readonly state: PlanState;
  readonly summary: PlanSummary;
  readonly createdAt: Date;
  /** From then on it cannot be applied, and is forgotten. */
  readonly expiresAt: Date;
  readonly createdBy: string;
  readonly appliedAt: Date | undefined;
  readonly appliedBy: string | undefined;
  /** Once it is being applied. */
  readonly result: PlanResult | undefined;
}

/** An item with its place, from 0. */
export interface PlacedItem {
  readonly position: number;
  readonly item: PlanItem;
}

// Only this folder writes these rows, so their JSON is what it says.

export function planOf(row: PlanRow): Plan {
  const { id, digest, state, createdBy } = row;
  return {
    id,
    digest,
    source: JSON.parse(row.source) as PlanSource,
    state,
    summary: JSON.parse(row.summary) as PlanSummary,
    createdAt: new Date(row.createdAt),
    expiresAt: new Date(row.expiresAt),
    createdBy,
    appliedAt: row.appliedAt === null ? undefined : new Date(row.appliedAt),
    appliedBy: row.appliedBy ?? undefined,
    result: row.result === null ? undefined : (JSON.parse(row.result) as PlanResult),
  };
}

export function placedItemOf({ position, item }: PlanItemRow): PlacedItem {
  return { position, item: JSON.parse(item) as PlanItem };
}
