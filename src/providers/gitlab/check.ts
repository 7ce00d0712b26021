import type { Account, CheckReport } from '../account.ts';
import { parseDate, present, textIn, textsIn } from '../native/json-fields.ts';
import type { NativeApi } from '../native/native-api.ts';
import { ProviderError } from '../provider-error.ts';

/**
 * GitLab says of a token what it is good for and when it ends; its registry, whether it logs in there.
 *
 * @throws {ProviderError}
 */
export async function checkGitlab(
  api: NativeApi,
  { registry, repository }: { readonly registry: Account; readonly repository?: string },
  signal: AbortSignal,
): Promise<CheckReport> {
  const { object } = await api.object(
    { path: '/personal_access_tokens/self', signal },
    'looking what the token is good for',
  );
  const scopes = new Set(textsIn(object, 'scopes'));
  const mayPull = scopes.has('api') || scopes.has('read_registry');
  const mayPush = scopes.has('api') || scopes.has('write_registry');
  if (!mayPull && !mayPush) {
    throw new ProviderError(
      'forbidden',
      `GitLab takes this token, and it has no scope for images (it has: ${[...scopes].join(', ') || 'none'}). Give it read_registry at least.`,
    );
  }
  const found = await registry.check({ ...(repository !== undefined && { repository }) }, signal);
  const only = (may: boolean, said: 'yes' | 'no' | 'unknown'): 'yes' | 'no' | 'unknown' => (may ? said : 'no');
  const { pull, push, delete: deletion } = found.abilities;
  const [expiresAt, name] = [parseDate(textIn(object, 'expires_at')), textIn(object, 'name')];
  return {
    ...found,
    abilities: {
      list: scopes.has('api') || scopes.has('read_api') ? 'yes' : 'no',
      pull: only(mayPull, pull),
      push: only(mayPush, push),
      // By the API, which wants all of it.
      delete: only(scopes.has('api'), deletion),
    },
    ...present({ secretExpiresAt: expiresAt }),
    ...(name !== undefined && { remarks: [`GitLab calls this token “${name.slice(0, 100)}”.`, ...found.remarks] }),
  };
}
