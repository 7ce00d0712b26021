import type { SettingTree } from '../setting.ts';
import { count } from '../value-kinds.ts';

export const audit = {
  keepDays: {
    kind: count('days', { min: 0, max: 36_500 }),
    default: '365',
    description:
      'How long it is known who did what. What is older is removed, and what stays can still be verified. 0 is for ever.',
  },
} as const satisfies SettingTree;
