import type { DeletionOutcome, DeletionRules, DeletionTarget } from '../account.ts';
import { saidBy } from '../oci/answer.ts';
import { type HarborApi, pathOf } from './harbor-api.ts';

export const HARBOR_DELETION: DeletionRules = {
  tag: 'native',
  manifest: true,
  takesTags: true,
  wantsUntagged: false,
  batch: 1,
};

/**
 * Tags first, then indexes, then what these name: Harbor deletes those along with the last index that names them, and
 * refuses them before.
 *
 * @throws {ProviderError} it cannot be asked, or asks us to wait.
 */
export async function* deleteFrom(
  { api, repository, secret }: { readonly api: HarborApi; readonly repository: string; readonly secret: string },
  targets: readonly DeletionTarget[],
  signal: AbortSignal,
): AsyncGenerator<DeletionOutcome, void> {
  const place = (target: DeletionTarget): number => (target.kind === 'tag' ? 0 : target.isIndex ? 1 : 2);
  for (const target of targets.toSorted((a, b) => place(a) - place(b))) {
    const answer = await api.delete(`${pathOf(repository)}/artifacts/${pathOfTarget(target)}`, signal);
    const { status } = answer;
    if (status >= 200 && status < 300) yield { target, result: 'deleted' };
    else if (status === 404) yield { target, result: 'gone-already' };
    else if (status === 429) throw api.refusalOf(answer, `deleting from ${repository}`);
    else yield { target, result: 'refused', reason: reasonFor(status, saidBy(answer, [secret])) };
  }
}

function pathOfTarget(target: DeletionTarget): string {
  if (target.kind === 'manifest') return target.digest;
  // By its own name: whatever it names just now.
  const tag = encodeURIComponent(target.tag);
  return `${tag}/tags/${tag}`;
}

function reasonFor(status: number, said: string): string {
  if (status === 412) return `A rule protects it, or an index names it: ${said}.`;
  if (status === 401 || status === 403) return `These credentials may not delete there: ${said}.`;
  return `Harbor refuses it: ${said}.`;
}
