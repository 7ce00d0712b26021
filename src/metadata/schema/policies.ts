import type { Generated } from 'kysely';

export interface PoliciesTable {
  id: Generated<number>;
  name: string;
  /** Id of the registry that it is for; `null`: this one. */
  connection: string | null;
  /** JSON list of repository patterns. */
  patterns: string;
  /** What the document is written in: `ecr`, `native`, `harbor`… */
  kind: string;
  /** As it was given. */
  document: string;
  /** Cron; `null`: only when somebody says so. */
  schedule: string | null;
  time_zone: string;
  /** Whether its schedule is followed. */
  is_enabled: number;
  /** Its runs only say what would go. */
  is_dry_run: number;
  next_run_at: number | null;
  created_at: number;
  updated_at: number;
  created_by: string;
}

export interface PolicyRunsTable {
  id: Generated<number>;
  policy_id: number;
  /** Whoever asked, or the schedule. */
  trigger: string;
  started_at: number;
  ended_at: number | null;
  state: 'running' | 'done' | 'failed' | 'stopped';
  plan_id: string | null;
  /** JSON: counts. */
  summary: string | null;
  error: string | null;
}

/** `building`: not all of its items are recorded; `applying`: under way, or stopped half-way and to be gone on with. */
export type PlanState = 'building' | 'open' | 'applying' | 'applied';

/** What is to be deleted, exactly, and what became of it. */
export interface PlansTable {
  id: string;
  /** Of its items: two plans with one digest delete the same. */
  digest: string;
  /** JSON: what it was made from. */
  source: string;
  state: PlanState;
  /** JSON: counts and bytes. */
  summary: string;
  created_at: number;
  expires_at: number;
  created_by: string;
  applied_at: number | null;
  applied_by: string | null;
  /** JSON: what was done. */
  result: string | null;
}

export interface PlanItemsTable {
  plan_id: string;
  /** From 0. */
  position: number;
  /** JSON. */
  item: string;
}
