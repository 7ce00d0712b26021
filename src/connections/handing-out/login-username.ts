import type { Kind } from '../../providers/provider.ts';
import type { Connection } from '../connection.ts';

/** Who logs in with the short-lived passwords of these kinds, whoever stands behind them. */
const ALWAYS: Partial<Readonly<Record<Kind, string>>> = {
  ecr: 'AWS',
  'ecr-public': 'AWS',
  google: 'oauth2accesstoken',
};

/** As whom Docker logs in at a registry, as far as it can be told without asking that. */
export function loginUsername({ kind, username }: Pick<Connection, 'kind' | 'username'>): string {
  return ALWAYS[kind] ?? username;
}
