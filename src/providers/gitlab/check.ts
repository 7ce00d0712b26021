import type { Account, CheckReport } from '../account.ts';
import { parseDate, present, textIn, textsIn } from '../native/json-fields.ts';
import type { NativeApi } from '../native/native-api.ts';
import { ProviderError } from '../provider-error.ts';
import { isPage } from '../said.ts';

const TELLS_NOTHING = 'This GitLab does not tell what a token is good for, nor when it ends.';

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
  const answer = await api.send({ path: '/personal_access_tokens/self', signal });
  const options = repository === undefined ? {} : { repository };
  // GitLab before 15.5 does not tell.
  if (answer.status === 403 || (answer.status === 404 && !isPage(answer))) {
    const { abilities, remarks, ...found } = await registry.check(options, signal);
    return { ...found, abilities: { ...abilities, list: 'unknown' }, remarks: [...remarks, TELLS_NOTHING] };
  }
  const { object } = api.objectIn(answer, 'looking what the token is good for');
  const scopes = new Set(textsIn(object, 'scopes'));
  const mayPull = scopes.has('api') || scopes.has('read_registry');
  const mayPush = scopes.has('api') || scopes.has('write_registry');
  if (!mayPull && !mayPush) {
    throw new ProviderError(
      'forbidden',
      `GitLab takes this token, and it has no scope for images (it has: ${[...scopes].join(', ') || 'none'}). Give it read_registry at least.`,
    );
  }
  const found = await registry.check(options, signal);
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
