import type { Token } from '../../app/accounts.ts';

/** By what tokens can be sorted: the column of each. */
export const ORDERS = ['name', 'for', 'created', 'expires', 'used'] as const;
export type Order = (typeof ORDERS)[number];

/** A token that never ends comes after all that do; one that was never used, before all that were. */
const KEYS: Readonly<Record<Order, (token: Token) => string>> = {
  name: ({ name }) => name,
  for: ({ user }) => user ?? '',
  created: ({ createdAt }) => createdAt,
  expires: ({ expiresAt }) => expiresAt ?? '~',
  used: ({ lastUsedAt }) => lastUsedAt ?? '',
};

export function sorted(tokens: readonly Token[], by: Order, direction: 'ascending' | 'descending'): readonly Token[] {
  const key = KEYS[by];
  const sign = direction === 'ascending' ? 1 : -1;
  return tokens.toSorted((one, other) => sign * compare(key(one), key(other)));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
