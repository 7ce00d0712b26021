import type { PlacedPolicyRow } from '../metadata/policies.ts';
import type { PolicyRunRow, PolicyRunState } from '../metadata/policy-runs.ts';
import type { PlannedPolicy } from '../plans/plan.ts';
import type { PolicyKind } from '../retention/document.ts';

/** What somebody says of a policy. */
export interface PolicySettings {
  readonly name: string;
  /** Id of the connected registry that it is for; `undefined`: this one. */
  readonly connection: string | undefined;
  /** Of repositories. */
  readonly patterns: readonly string[];
  readonly kind: PolicyKind;
  /** As it was written. */
  readonly document: string;
  /** Cron; `undefined`: it runs when somebody says so. */
  readonly schedule: string | undefined;
  readonly timeZone: string;
  /** Whether its schedule is followed. */
  readonly isEnabled: boolean;
  /** Its runs only say what would go. */
  readonly isDryRun: boolean;
}

/** A lifecycle policy on repositories. */
export interface StoredPolicy extends PolicySettings {
  readonly id: number;
  /** What {@link connection} names. */
  readonly registry: PolicyRegistry | undefined;
  readonly nextRunAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly createdBy: string;
}

export interface PolicyRegistry {
  readonly id: string;
  readonly name: string;
  /** Who may see and change the policy is decided there. */
  readonly project: string;
}

export interface PolicyRun {
  readonly id: number;
  /** Who asked, or `schedule`. */
  readonly trigger: string;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  /** `stopped`: half-way, by whoever asked, by a restart, or because the policy was disabled, moved or removed. */
  readonly state: PolicyRunState;
  readonly planId: string | undefined;
  readonly summary: RunSummary | undefined;
  readonly error: string | undefined;
}

export interface RunSummary {
  readonly isDryRun: boolean;
  /** That were to go. */
  readonly planned: number;
  readonly blocked: number;
  readonly freedBytes: number;
  /** That went; 0 of a dry run. */
  readonly manifests: number;
  readonly tags: number;
  readonly kept: number;
}

export function policyOf(row: PlacedPolicyRow): StoredPolicy {
  const { id, name, connection, connectionName, project, kind, document, timeZone, createdBy } = row;
  return {
    id,
    name,
    connection: connection ?? undefined,
    registry: connection === null ? undefined : { id: connection, name: connectionName ?? '', project: project ?? '' },
    patterns: JSON.parse(row.patterns) as readonly string[], // only we write it
    kind: kind as PolicyKind,
    document,
    schedule: row.schedule ?? undefined,
    timeZone,
    isEnabled: row.isEnabled === 1,
    isDryRun: row.isDryRun === 1,
    nextRunAt: row.nextRunAt === null ? undefined : new Date(row.nextRunAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    createdBy,
  };
}

export function runOf(row: PolicyRunRow): PolicyRun {
  const { id, trigger, state } = row;
  return {
    id,
    trigger,
    startedAt: new Date(row.startedAt),
    endedAt: row.endedAt === null ? undefined : new Date(row.endedAt),
    state,
    planId: row.planId ?? undefined,
    summary: row.summary === null ? undefined : (JSON.parse(row.summary) as RunSummary),
    error: row.error ?? undefined,
  };
}

/** What a plan keeps of it. */
export function plannedPolicyOf({ name, kind, document, patterns }: PolicySettings): PlannedPolicy {
  return { name, kind, document, patterns };
}
