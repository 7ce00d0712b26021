import { REMOTE_BEGINNING, type PlanItemRow, type PlanRow, type PlanState } from '../metadata/plans.ts';
import type { PlanItem, PlanResult, PlanSource, PlanSummary } from './plan.ts';

/** A plan without its items. */
export interface Plan<Source = PlanSource> {
  readonly id: string;
  /** `sha256:…` over what goes: two plans that delete the same have the same one. */
  readonly digest: string;
  readonly source: Source;
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

// Only this folder and clean-up/ write these rows, so their JSON is what it says.

/** Whether it is about another registry: `clean-up/` knows what to do with it. */
export function isRemote({ source }: Pick<PlanRow, 'source'>): boolean {
  return source.startsWith(REMOTE_BEGINNING);
}

export function planOf<Source = PlanSource>(row: PlanRow): Plan<Source> {
  const { id, digest, state, createdBy } = row;
  return {
    id,
    digest,
    source: JSON.parse(row.source) as Source,
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
