import type { createToken } from '../../../../src/api/tokens/contract.ts';
import type { InputOf } from '../../api/call.ts';
import { NEW_RULE } from '../../ui/rights/rule-fields.tsx';
import type { Rule } from '../../ui/rights/rule.ts';

export interface DraftRule {
  /** So that a line stays itself when another one goes. */
  readonly key: number;
  readonly rule: Rule;
}

/** A token, as it is being filled in. */
export interface TokenDraft {
  readonly name: string;
  readonly owner: 'robot' | 'user';
  /** Of a robot it is not said. */
  readonly user: string;
  readonly isLimited: boolean;
  readonly rules: readonly DraftRule[];
  readonly days: '30' | '90' | '365' | 'never';
}

export const NEW_TOKEN: TokenDraft = {
  name: '',
  owner: 'robot',
  user: '',
  isLimited: true,
  rules: [{ key: 0, rule: NEW_RULE }],
  days: '90',
};

const DAY_MILLISECONDS = 86_400_000;

export function expiryOf(days: TokenDraft['days'], now: Date): string | null {
  return days === 'never' ? null : new Date(now.getTime() + Number(days) * DAY_MILLISECONDS).toISOString();
}

export function inputOf(draft: TokenDraft, now: Date): InputOf<typeof createToken> {
  const { name, owner, user, isLimited, rules, days } = draft;
  return {
    name,
    expiresAt: expiryOf(days, now),
    ...(owner === 'user' && { user }),
    ...(isLimited && { scope: rules.map(({ rule }) => rule) }),
  };
}
