import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { DeletionOutcome, DeletionRules, DeletionTarget } from '../account.ts';
import { errorCodeOf } from './answer.ts';
import { DELETION_IS_OFF, sendDelete } from './delete-manifest.ts';
import { deleteTagByDummy } from './dummy-tag.ts';
import type { OciSession } from './oci-session.ts';

export interface Deleting {
  readonly session: OciSession;
  readonly repository: string;
  readonly rules: DeletionRules;
  readonly signal: AbortSignal;
}

const ONLY_WITH_ITS_IMAGE = 'This registry deletes a tag only together with its image.';

/**
 * Tags first, then indexes, then what these name.
 *
 * @throws {ProviderError} it cannot be asked, or asks us to wait: what was not told of was not deleted.
 */
export async function* deleteTargets(
  deleting: Deleting,
  targets: readonly DeletionTarget[],
): AsyncGenerator<DeletionOutcome, void> {
  // What it says of deletion as a whole, it would say of each.
  let refusesAll: DeletionOutcome['reason'];
  for (const target of inOrder(targets)) {
    if (refusesAll !== undefined && target.kind === 'manifest') {
      yield { target, result: 'refused', reason: refusesAll };
      continue;
    }
    const outcome = await deleteTarget(deleting, target);
    if (target.kind === 'manifest' && outcome.reason === DELETION_IS_OFF) refusesAll = outcome.reason;
    yield outcome;
  }
}

async function deleteTarget(deleting: Deleting, target: DeletionTarget): Promise<DeletionOutcome> {
  const { session, repository, rules, signal } = deleting;
  if (target.kind === 'tag' && rules.tag === 'no') return { target, result: 'refused', reason: ONLY_WITH_ITS_IMAGE };
  if (target.kind === 'tag' && rules.tag === 'dummy') {
    return { target, ...(await deleteTagByDummy({ session, repository, tag: target.tag, signal })) };
  }
  const answer = await sendDelete(deleting, target.kind === 'tag' ? target.tag : target.digest);
  if (answer.status === 404) return { target, result: 'gone-already' };
  if (answer.status >= 200 && answer.status < 300) return { target, result: 'deleted' };
  if (answer.status === 429) throw session.refusalOf(answer, `deleting from ${repository}`);
  return { target, result: 'refused', reason: reasonOf(answer, target, session) };
}

function reasonOf(answer: UpstreamAnswer, target: DeletionTarget, session: OciSession): string {
  const code = errorCodeOf(answer);
  const isUnsupported = answer.status === 405 || code === 'UNSUPPORTED';
  // distribution 2 takes the tag for a digest that is none.
  if (target.kind === 'tag' && (isUnsupported || answer.status === 400)) return ONLY_WITH_ITS_IMAGE;
  if (isUnsupported) return DELETION_IS_OFF;
  return `${session.name} refuses it: ${session.saidBy(answer)}.`;
}

function inOrder(targets: readonly DeletionTarget[]): readonly DeletionTarget[] {
  const place = (target: DeletionTarget): number => (target.kind === 'tag' ? 0 : target.isIndex ? 1 : 2);
  return targets.toSorted((a, b) => place(a) - place(b));
}
