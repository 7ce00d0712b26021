import { findLastRepository } from '../metadata/repositories.ts';
import type { Queryable } from '../metadata/database.ts';
import type { Looked, Stretch } from '../metadata/stretch.ts';
import { forgetStretch, type Garbage } from './forget.ts';
import type { Counts, PhaseContext, Step } from './phase.ts';

/** What is to be told of what a stretch had. */
export interface Walked<Found> {
  readonly count: (found: readonly Found[]) => Partial<Counts>;
  /** After the commit: what a pull read before it must not be remembered. */
  readonly settle?: (found: readonly Found[]) => void;
}

/** From where it was to the other end of a table, a stretch at a time, forgetting what nothing needs. */
export async function* walkForgetting<Found, Key>(
  { db, pacing }: PhaseContext,
  garbage: Garbage<Found, Key>,
  { after: begin, count, settle }: Walked<Found> & { readonly after: string | undefined },
): AsyncGenerator<Step, void> {
  const repositories = await findLastRepository(db);
  let after = begin === undefined ? undefined : (JSON.parse(begin) as Key);
  do {
    const { found, end } = await forgetStretch(db, garbage, { after, rows: pacing.rows });
    settle?.(found);
    after = end;
    const share = end === undefined ? 1 : shareOf(end, repositories);
    yield { counts: count(found), after: end === undefined ? undefined : JSON.stringify(end), share };
  } while (after !== undefined);
}

/** The same only looking: everything that is found. */
export async function* walkLooking<Found, Key>(
  facts: Queryable,
  list: (facts: Queryable, stretch: Stretch<Key>) => Promise<Looked<Found, Key>>,
  rows: () => number,
): AsyncGenerator<readonly Found[], void> {
  let after: Key | undefined;
  do {
    const { found, end } = await list(facts, { after, rows: rows() });
    yield found;
    after = end;
  } while (after !== undefined);
}

/**
 * How much of a table lies before a key, about: digests are spread evenly, and repositories are numbered.
 *
 * @param repositories the number of the last one.
 */
export function shareOf(key: unknown, repositories: number): number {
  if (typeof key === 'string') return digestShare(key);
  if (typeof key === 'number') return within(key / Math.max(1, repositories));
  if (typeof key !== 'object' || key === null || !('digest' in key)) return 0;
  const { digest, repositoryId = repositories } = key as { digest: string; repositoryId?: number };
  return within((repositoryId - 1 + digestShare(digest)) / Math.max(1, repositories));
}

function digestShare(digest: string): number {
  const [, hex = ''] = digest.split(':');
  const start = Number.parseInt(hex.slice(0, 8), 16);
  return Number.isNaN(start) ? 0 : within(start / 0xff_ff_ff_ff);
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}
