import { deleteBookmark, findBookmark, saveBookmark } from '../metadata/bookmarks.ts';
import type { Database, Queryable, Transaction } from '../metadata/database.ts';
import type { Counts, PhaseName } from './phase.ts';

const BOOKMARK = 'garbage-collection';
const WANTED = 'garbage-collection-wanted';

/** A pass over everything that is under way, or was when its node died. */
export interface PassState {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether somebody waits for it, or it is one of those that run by themselves. */
  readonly isAsked: boolean;
  readonly deleteUntagged: boolean;
  readonly phase: PhaseName;
  /** How far the phase is, in its own words: JSON. */
  readonly after?: string | undefined;
  /** From 0 to 1, of the phase. */
  readonly share: number;
  readonly counts: Counts;
}

/** One that ended. Times are milliseconds since the epoch. */
export interface PassEnded {
  readonly startedAt: number;
  readonly completedAt: number;
  readonly counts: Counts;
}

/** What nodes tell each other of collections. */
export interface CollectionState {
  readonly pass?: PassState;
  readonly last?: PassEnded;
  /** When the store was last looked through for what a crash had left. */
  readonly leftoversAt?: number;
}

export async function readCollectionState(db: Queryable): Promise<CollectionState> {
  const value = await findBookmark(db, BOOKMARK);
  return value === undefined ? {} : (JSON.parse(value) as CollectionState); // we wrote it
}

export async function saveCollectionState(tx: Transaction, state: CollectionState, now: Date): Promise<void> {
  await saveBookmark(tx, BOOKMARK, JSON.stringify(state), now);
}

/** Somebody waits for a collection of their own: the one that runs by itself makes room at its next stretch. */
export async function wantRoom(db: Database, now: Date): Promise<void> {
  await db.transaction((tx) => saveBookmark(tx, WANTED, '', now), { durable: false });
}

export async function isRoomWanted(db: Queryable): Promise<boolean> {
  return (await findBookmark(db, WANTED)) !== undefined;
}

export async function roomWasMade(db: Database): Promise<void> {
  await db.transaction((tx) => deleteBookmark(tx, WANTED), { durable: false });
}
