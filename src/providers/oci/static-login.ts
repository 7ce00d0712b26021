import type { DockerLogin } from '../account.ts';
import type { ProviderTarget } from '../provider.ts';
import { endOf } from './claims.ts';

/** Logs in with what was filled in, where that is what Docker logs in with, too; without a secret nobody does. */
export function staticLogin({
  username,
  secret,
}: Pick<ProviderTarget, 'username' | 'secret'>): () => Promise<DockerLogin | undefined> {
  const expiresAt = endOf(secret);
  const login = { username, password: secret, ...(expiresAt !== undefined && { expiresAt }) };
  return () => Promise.resolve(secret === '' ? undefined : login);
}
