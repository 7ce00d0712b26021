import type { PolicyReply, PolicyRunReply, RunReport } from '../api/policies/contract.ts';
import { planInWords } from './plan-report.ts';
import { table } from './table.ts';
import { counted, sizeInWords, timeInWords } from './wording.ts';

export function policyTable(policies: readonly PolicyReply[]): string {
  const isElsewhere = policies.some(({ registry }) => registry !== null);
  const rows = policies.map((policy) => [
    policy.name,
    policy.kind,
    ...(isElsewhere ? [registryInWords(policy.registry)] : []),
    policy.patterns.join(', '),
    policy.schedule === null ? 'when told' : `${policy.schedule} ${policy.timeZone}`,
    policy.nextRunAt === null ? '' : timeInWords(policy.nextRunAt),
    stateOf(policy),
  ]);
  const place = isElsewhere ? ['registry'] : [];
  return table(['name', 'kind', ...place, 'repositories', 'schedule', 'next', 'state'], rows);
}

/** `ghcr (reg-1a2b3c)`. */
export function registryInWords(registry: PolicyReply['registry']): string {
  return registry === null ? 'this one' : `${registry.name} (${registry.id})`;
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
    whatOf(summary, error),
    planId ?? '',
  ]);
  return table(['run', 'began', 'by', 'state', 'what', 'plan'], rows);
}

/** One that failed may have deleted some of it before. */
function whatOf(summary: PolicyRunReply['summary'], error: string | null): string {
  if (summary === null) return error ?? '';
  return error === null ? amounts(summary) : `deleted ${counted(summary.manifests, 'manifest')}, then: ${error}`;
}

function amounts(summary: NonNullable<PolicyRunReply['summary']>): string {
  const { isDryRun, planned, manifests, freedBytes, kept, blocked } = summary;
  const stays = blocked > 0 ? `; ${blocked} more would go, and stay` : '';
  if (isDryRun) return `would delete ${counted(planned, 'manifest')}, free ${sizeInWords(freedBytes)}${stays}`;
  const freed = manifests > 0 ? `, frees ${kept > 0 ? 'at most ' : ''}${sizeInWords(freedBytes)}` : '';
  return `deleted ${counted(manifests, 'manifest')}${freed}${kept > 0 ? `, ${kept} left alone` : ''}${stays}`;
}

export function reportInWords({ plan, summary }: RunReport): string {
  const head = summary.isDryRun ? 'Nothing was deleted: it only says what would go.\n' : '';
  return head + planInWords(plan);
}
