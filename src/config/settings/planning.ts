import type { SettingTree } from '../setting.ts';
import { count } from '../value-kinds.ts';

export const plans = {
  keepSeconds: {
    kind: count('seconds', { min: 60, max: 31_536_000 }),
    default: '86400',
    description: 'How long a deletion plan can be looked at and applied; after it was applied, how long it is shown.',
  },
  allowedPercent: {
    kind: count('percent', { min: 0, max: 100 }),
    default: '0',
    description:
      'How much of a deletion plan may have changed when it is applied, unless whoever applies it says otherwise. What changed is never deleted.',
  },
} as const satisfies SettingTree;

export const policies = {
  keepRuns: {
    kind: count('runs', { min: 1, max: 10_000 }),
    default: '100',
    description: 'How many runs of each lifecycle policy are remembered.',
  },
} as const satisfies SettingTree;
