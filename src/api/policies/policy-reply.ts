import type { PolicyRun, StoredPolicy } from '../../policies/policy.ts';
import type { FinishedRun } from '../../policies/policy-runner.ts';
import { planReply } from '../plans/plan-reply.ts';
import type { PolicyReply, PolicyRunReply, RunReport } from './contract.ts';

export function policyReply(policy: StoredPolicy): PolicyReply {
  const { name, kind, patterns, document, schedule, timeZone, isEnabled, isDryRun, createdBy } = policy;
  return {
    name,
    kind,
    patterns: [...patterns],
    document,
    schedule: schedule ?? null,
    timeZone,
    isEnabled,
    isDryRun,
    nextRunAt: policy.nextRunAt?.toISOString() ?? null,
    createdAt: policy.createdAt.toISOString(),
    updatedAt: policy.updatedAt.toISOString(),
    createdBy,
  };
}

export function runReply({
  id,
  trigger,
  startedAt,
  endedAt,
  state,
  planId,
  summary,
  error,
}: PolicyRun): PolicyRunReply {
  return {
    id,
    trigger,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    state,
    planId: planId ?? null,
    summary: summary ?? null,
    error: error ?? null,
  };
}

export function reportReply({ id, plan, summary }: FinishedRun): RunReport {
  return { run: id, plan: planReply(plan), summary };
}
