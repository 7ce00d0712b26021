import type { Kind } from '../../providers/provider.ts';
import type { Connection } from '../connection.ts';

/** Who logs in with the short-lived passwords of these kinds, whoever stands behind them. */
const ALWAYS: Partial<Readonly<Record<Kind, string>>> = {
  ecr: 'AWS',
  'ecr-public': 'AWS',
  google: 'oauth2accesstoken',
};

/** Of Azure's refresh tokens, which a registry gives for a login by a directory. */
const BY_DIRECTORY = '00000000-0000-0000-0000-000000000000';

/** As whom Docker logs in at a registry, as far as it can be told without asking that. */
export function loginUsername({ kind, username, fields }: Pick<Connection, 'kind' | 'username' | 'fields'>): string {
  if (kind === 'acr' && (fields['tenant'] ?? '') !== '') return BY_DIRECTORY;
  return ALWAYS[kind] ?? username;
}
