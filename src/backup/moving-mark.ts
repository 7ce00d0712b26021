import { deleteBookmark, findBookmark, saveBookmark } from '../metadata/bookmarks.ts';
import type { Database, Queryable } from '../metadata/database.ts';
import { isEmpty } from '../metadata/copy/rows.ts';
import { COPIED_TABLES } from '../metadata/copy/copied-tables.ts';
import { BackupError } from './backup-error.ts';

/** Kept in the database that something is moved into, until all of it is there. */
export interface MovingMark {
  readonly kind: 'restore' | 'migration';
  /** What is moved in: only the same may go on with it. */
  readonly source: string;
  /** `complete`: a migration that has ended, and nobody has served from it yet. */
  readonly state: 'copying' | 'complete';
}

const BOOKMARK = 'moving-in';

export async function findMovingMark(db: Queryable): Promise<MovingMark | undefined> {
  const value = await findBookmark(db, BOOKMARK);
  return value === undefined ? undefined : (JSON.parse(value) as MovingMark); // written by saveMovingMark
}

export async function saveMovingMark(db: Database, mark: MovingMark, now: Date): Promise<void> {
  await db.transaction((tx) => saveBookmark(tx, BOOKMARK, JSON.stringify(mark), now));
}

export async function removeMovingMark(db: Database): Promise<void> {
  await db.transaction((tx) => deleteBookmark(tx, BOOKMARK));
}

/**
 * Marks a database that is about to be filled. What a first start made counts as nothing.
 *
 * @throws {BackupError} it holds something else.
 */
export async function markTarget(db: Database, mark: MovingMark, now: Date): Promise<void> {
  await requireFree(db, mark);
  await saveMovingMark(db, mark, now);
}

/** As {@link markTarget}, which leaves no mark. @throws {BackupError} */
export async function requireFree(db: Database, mark: MovingMark): Promise<void> {
  const there = await findMovingMark(db);
  if (there === undefined && (await isUsed(db))) {
    throw new BackupError(
      'TARGET_NOT_EMPTY',
      `The target holds a registry already, and a ${mark.kind} writes into an empty one only. Name an empty database or folder, or move this one away.`,
    );
  }
  if (there !== undefined && (there.kind !== mark.kind || there.source !== mark.source)) {
    throw new BackupError(
      'TARGET_NOT_EMPTY',
      `The target holds the beginning of another ${there.kind} (${there.source}). Finish that one, or empty the target.`,
    );
  }
}

/**
 * To be called before anybody serves from a database.
 *
 * @throws {BackupError} not all is there yet of what was being moved in.
 */
export async function refuseUnfinished(db: Database): Promise<void> {
  const mark = await findMovingMark(db);
  if (mark === undefined) return;
  if (mark.state === 'complete') return removeMovingMark(db);
  throw new BackupError(
    'TARGET_NOT_EMPTY',
    `A ${mark.kind} into it was interrupted, and not everything is there. Run the same command again: it goes on from there`,
  );
}

const MOVED_OUT = 'moved-out';

/** Says of a database that its registry has moved away: whoever starts from it finds it read-only, as it was left. */
export async function saveMovedOut(db: Database, now: Date): Promise<void> {
  await db.transaction((tx) => saveBookmark(tx, MOVED_OUT, 'by havre migrate', now));
}

export async function isMovedOut(db: Queryable): Promise<boolean> {
  return (await findBookmark(db, MOVED_OUT)) !== undefined;
}

export async function removeMovedOut(db: Database): Promise<void> {
  await db.transaction((tx) => deleteBookmark(tx, MOVED_OUT));
}

const MADE_BY_A_START: readonly string[] = ['users', 'secrets'];

async function isUsed(db: Queryable): Promise<boolean> {
  for (const table of COPIED_TABLES) {
    if (!MADE_BY_A_START.includes(table.name) && !(await isEmpty(db, table))) return true;
  }
  return false;
}
