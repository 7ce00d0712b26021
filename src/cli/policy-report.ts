import type { PolicyReply, PolicyRunReply, RunReport } from '../api/policies/contract.ts';
import { planInWords } from './plan-report.ts';
import { table } from './table.ts';
import { counted, sizeInWords, timeInWords } from './wording.ts';

export function policyTable(policies: readonly PolicyReply[]): string {
  const rows = policies.map((policy) => [
    policy.name,
    policy.kind,
    policy.patterns.join(', '),
    policy.schedule === null ? 'when told' : `${policy.schedule} ${policy.timeZone}`,
    policy.nextRunAt === null ? '' : timeInWords(policy.nextRunAt),
    stateOf(policy),
  ]);
  return table(['name', 'kind', 'repositories', 'schedule', 'next', 'state'], rows);
}

function stateOf({ isEnabled, isDryRun }: PolicyReply): string {
  if (!isEnabled) return 'disabled';
  return isDryRun ? 'only says' : 'enabled';
}

/** With its document, as it was given. */
export function policyInWords(policy: PolicyReply): string {
  return `${policyTable([policy])}\n\n${policy.document.trimEnd()}`;
}

export function runTable(runs: readonly PolicyRunReply[]): string {
  const rows = runs.map(({ id, trigger, startedAt, state, planId, summary, error }) => [
    String(id),
    timeInWords(startedAt),
    trigger,
    state,
    summary === null ? (error ?? '') : amounts(summary),
    planId ?? '',
  ]);
  return table(['run', 'began', 'by', 'state', 'what', 'plan'], rows);
}

function amounts({ isDryRun, planned, manifests, freedBytes, kept }: NonNullable<PolicyRunReply['summary']>): string {
  if (isDryRun) return `would delete ${counted(planned, 'manifest')}, free ${sizeInWords(freedBytes)}`;
  return `deleted ${counted(manifests, 'manifest')}, frees ${sizeInWords(freedBytes)}${kept > 0 ? `, ${kept} left alone` : ''}`;
}

export function reportInWords({ plan, summary }: RunReport): string {
  const head = summary.isDryRun ? 'Nothing was deleted: it only says what would go.\n' : '';
  return head + planInWords(plan);
}
