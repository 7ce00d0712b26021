import type { PolicyReply } from '../../../../src/api/policies/contract.ts';

/** What the form of a policy holds. `registry`: `''` is this one; `schedule`: `''` is none. */
export interface PolicyValues {
  readonly name: string;
  readonly registry: string;
  readonly kind: PolicyReply['kind'];
  /** As they are typed: by spaces, commas or lines. */
  readonly patterns: string;
  readonly document: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly isEnabled: boolean;
  readonly isDryRun: boolean;
}

export const KINDS = [
  'native',
  'ecr',
  'harbor',
  'zot',
  'google',
  'gitlab',
  'acr',
  'ghcr',
] as const satisfies readonly PolicyReply['kind'][];

/** A new one decides nothing by itself until somebody has seen what it would do. */
export function newPolicyValues(): PolicyValues {
  return {
    name: '',
    registry: '',
    kind: 'native',
    patterns: '**',
    document: '',
    schedule: '30 3 * * *',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    isEnabled: true,
    isDryRun: false,
  };
}

export function valuesOf(policy: PolicyReply): PolicyValues {
  const { name, registry, kind, patterns, document, schedule, timeZone, isEnabled, isDryRun } = policy;
  return {
    name,
    registry: registry?.id ?? '',
    kind,
    patterns: patterns.join('\n'),
    document,
    schedule: schedule ?? '',
    timeZone,
    isEnabled,
    isDryRun,
  };
}

export function patternsOf({ patterns }: PolicyValues): string[] {
  return patterns.split(/[\s,]+/).filter((pattern) => pattern !== '');
}

/** As the API takes them. */
export function inputOf(values: PolicyValues) {
  const { registry, schedule } = values;
  return {
    ...values,
    patterns: patternsOf(values),
    registry: registry === '' ? null : registry,
    schedule: schedule.trim() === '' ? null : schedule.trim(),
  };
}
