import type { SettingTree } from '../setting.ts';
import { count } from '../value-kinds.ts';

export const history = {
  keepDays: {
    kind: count('days', { min: 0, max: 36_500 }),
    default: '365',
    description:
      'How long the history of tags is kept: who moved which tag when, and from where. 0 keeps it for ever. What a tag names now is kept in any case.',
  },
} as const satisfies SettingTree;

export const trash = {
  keepSeconds: {
    kind: count('seconds', { min: 0, max: 315_360_000 }),
    default: '604800',
    description:
      'How long what was deleted can be restored, where no rule of the kind `trash` says otherwise. 0: not at all; the next garbage collection frees it.',
  },
} as const satisfies SettingTree;

export const expiry = {
  warnSeconds: {
    kind: count('seconds', { min: 0 }),
    default: '259200',
    description:
      'How long before the end of an expiring image those who pull it are told so, by a `Warning` header that clients show; at most the last quarter of its life. 0 tells nobody.',
  },
} as const satisfies SettingTree;

export const pulls = {
  flushSeconds: {
    kind: count('seconds', { min: 1, max: 3600 }),
    default: '30',
    description:
      'How long it takes at most until who pulled an image last is written down. A node that dies forgets the pulls of so long.',
  },
} as const satisfies SettingTree;
