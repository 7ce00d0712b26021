import { isAnonymous } from '../../auth/identity.ts';
import type { TagMove } from '../../metadata/tag-moves.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { CannotRevertError, type RevertTarget } from '../../registry/tag-history.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { revertTag, showHistory, type Move } from './contract.ts';

export function historyEndpoints({ tagHistory }: Pick<AdminParts, 'tagHistory'>): readonly Endpoint[] {
  return [
    endpoint(showHistory, async ({ repository, tag, after, limit }, { identity }) => {
      const page = { before: after === undefined ? undefined : idOf(after), limit };
      const { moves, next } = await tagHistory.list(parseRepositoryName(repository), parseTag(tag), page);
      return {
        moves: moves.map((move) => moveOf(move, !isAnonymous(identity))),
        next: next === undefined ? null : String(next),
      };
    }),
    endpoint(revertTag, async ({ repository, tag, to }, { actor }) => {
      const name = parseRepositoryName(repository);
      const reverted = await tagHistory.revert(name, parseTag(tag), targetOf(to), actor).catch(asRefusal);
      return { repository, tag, from: reverted.from, to: reverted.to, restored: reverted.isRestored };
    }),
  ];
}

/** RFC 3339; a date alone is the beginning of that day, as ISO 8601 has it. */
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/i;
const MOST_STEPS = 10_000;

function targetOf(text: string): RevertTarget {
  if (text.includes(':') && /^sha(?:256|512):/.test(text)) return { digest: parseDigest(text) };
  const steps = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (steps >= 1 && steps <= MOST_STEPS) return { steps };
  const at = new Date(text);
  if (TIME.test(text) && !Number.isNaN(at.getTime())) return { at };
  const message = `is neither a digest, nor a number of moves from 1 to ${MOST_STEPS}, nor a time such as 2026-11-20T12:00:00Z`;
  throw new ProblemError(400, 'INPUT_INVALID', `to: ${message}`, { errors: [{ field: 'to', message }] });
}

function idOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const message = 'is not where a page of this list begins';
  throw new ProblemError(400, 'INPUT_INVALID', `after: ${message}`, { errors: [{ field: 'after', message }] });
}

/** @param isNamed where anybody may pull, not everybody is told who works here, and with what. */
function moveOf({ id, movedAt, from, to, principalName, client, cause }: TagMove, isNamed: boolean): Move {
  const who = isNamed ? { by: principalName, client } : { by: '', client: null };
  return { id, at: new Date(movedAt).toISOString(), from, to, ...who, cause };
}

function asRefusal(error: unknown): never {
  if (error instanceof CannotRevertError) throw new ProblemError(409, 'CANNOT_REVERT', error.message);
  throw error;
}
