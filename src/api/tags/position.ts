import type { TagOrder, TagPosition } from '../../metadata/tag-pages.ts';
import { ProblemError } from '../problem.ts';

/** As clients get it: a name where tags come by name, else what they come by before it. */
export function writePosition(order: TagOrder, { at, digest, name }: TagPosition): string {
  return order === 'name' ? name : `${at} ${digest} ${name}`;
}

/** @throws {ProblemError} */
export function readPosition(order: TagOrder, text: string): TagPosition {
  if (order === 'name') return { at: 0, digest: '', name: text };
  const match = /^(\d{1,16}) (\S*) (\S*)$/.exec(text);
  if (match !== null) return { at: Number(match[1]), digest: match[2] ?? '', name: match[3] ?? '' };
  const message = 'is not where a page of this order begins';
  throw new ProblemError(400, 'INPUT_INVALID', `after: ${message}`, { errors: [{ field: 'after', message }] });
}
