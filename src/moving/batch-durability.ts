import { saveBookmark } from '../metadata/bookmarks.ts';
import type { MovingParts } from './taking.ts';

/** A batch that a power cut takes is brought again by the next run, so that not each one waits for the disk. */
export const BATCH = { durable: false } as const;

/** Makes all batches durable that were committed so far: a durable commit takes those before it along. */
export async function makeBatchesDurable({ db, now }: Pick<MovingParts, 'db' | 'now'>): Promise<void> {
  await db.transaction((tx) => saveBookmark(tx, 'import', 'the last one ended', now()));
}
