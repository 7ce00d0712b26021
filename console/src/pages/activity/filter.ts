import type { listAudit } from '../../../../src/api/audit/contract.ts';
import type { InputOf } from '../../api/call.ts';

/** What the list is narrowed by, as the address has it: empty is everything. */
export interface ActivityFilter {
  readonly who: string;
  readonly action: string;
  readonly repository: string;
  readonly outcome: '' | 'done' | 'refused' | 'failed';
  /** Days of whoever looks: `2026-11-21`. */
  readonly since: string;
  readonly until: string;
}

export const EVERYTHING = { who: '', action: '', repository: '', outcome: '', since: '', until: '' } as const;

/** The subjects of actions, as docs/audit.md lists them. */
export const SUBJECTS = [
  'manifest',
  'tag',
  'repository',
  'blob',
  'trash',
  'garbage',
  'garbage-collection',
  'rule',
  'quota',
  'policy',
  'plan',
  'webhook',
  'registry',
  'user',
  'token',
  'session',
  'grant',
  'login',
  'api',
  'backup',
  'verification',
  'migration',
  'import',
  'export',
  'server',
  'audit',
] as const;

type AuditInput = InputOf<typeof listAudit>;

export function auditInput({ who, action, repository, outcome, since, until }: ActivityFilter): AuditInput {
  return {
    ...(who !== '' && { principal: who }),
    ...(action !== '' && { action }),
    ...(repository !== '' && { repository }),
    ...(outcome !== '' && { outcome }),
    since: beginning(since, 0),
    until: beginning(until, 1),
  };
}

/** Of the same rows, as a file. */
export function exportAddress(filter: ActivityFilter): string {
  const said = Object.entries(auditInput(filter)).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(said.map(([name, value]) => [name, String(value)]));
  return `/api/v1/audit/export${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** When a day begins where the page is looked at, or one that is some days later. */
function beginning(day: string, daysLater: number): string | undefined {
  const at = new Date(`${day}T00:00:00`);
  if (Number.isNaN(at.getTime())) return undefined;
  at.setDate(at.getDate() + daysLater);
  return at.toISOString();
}
