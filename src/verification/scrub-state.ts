import { findBookmark, saveBookmark } from '../metadata/bookmarks.ts';
import type { Database, Queryable } from '../metadata/database.ts';
import type { CheckName, FindingKind } from './finding.ts';

/** What a pass over everything has found. */
export interface ScrubCounts {
  /** Whose bytes are not what their digest says. */
  readonly corrupt: number;
  /** Whose bytes are gone. */
  readonly missing: number;
}

/** A pass that is under way. */
export interface ScrubPass extends ScrubCounts {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly check: CheckName;
  /** Where the check goes on; without it, at its beginning. */
  readonly after?: string;
}

/** Kept in the database, so that any node goes on with it after any restart. */
export interface ScrubState {
  readonly pass?: ScrubPass;
  /** The pass that ended last, or the last verification of everything by hand. */
  readonly last?: ScrubCounts & { readonly startedAt: number; readonly completedAt: number };
}

const BOOKMARK = 'scrub';

export async function readScrubState(db: Queryable): Promise<ScrubState> {
  const text = await findBookmark(db, BOOKMARK);
  return text === undefined ? {} : (JSON.parse(text) as ScrubState); // written by saveScrubState
}

export async function saveScrubState(db: Database, state: ScrubState, now: Date): Promise<void> {
  await db.transaction((tx) => saveBookmark(tx, BOOKMARK, JSON.stringify(state), now), { durable: false });
}

const CORRUPT: readonly FindingKind[] = ['bytes-corrupt', 'bytes-cut', 'manifest-corrupt'];
const MISSING: readonly FindingKind[] = ['bytes-lost', 'manifest-lost', 'blob-unlinked'];

/** With one more thing that is wrong. */
export function counted({ corrupt, missing }: ScrubCounts, kind: FindingKind): ScrubCounts {
  return {
    corrupt: corrupt + (CORRUPT.includes(kind) ? 1 : 0),
    missing: missing + (MISSING.includes(kind) ? 1 : 0),
  };
}
