import type { Database } from '../metadata/database.ts';
import { repositoryLock } from '../metadata/locks.ts';
import {
  endTrash,
  listPurgeable,
  purgeContents,
  purgeRepositoryContents,
  removePurged,
  type PurgeableTrash,
  type PurgeKey,
  type PurgeTimes,
} from '../metadata/trash-purge.ts';

/** Rows that go in one transaction: some milliseconds. */
const ROWS_AT_ONCE = 500;

/** What belonged to an entry has the grace time to join it, before it goes. */
export function purgeTimes({
  purge,
  before,
  now,
}: {
  /** Also what could still be restored. */
  readonly purge: boolean;
  readonly before: Date;
  readonly now: Date;
}): PurgeTimes {
  return purge
    ? { expiredBy: Number.MAX_SAFE_INTEGER, deletedBy: now.getTime() }
    : { expiredBy: now.getTime(), deletedBy: before.getTime() };
}

/** How far a purge has come. */
export interface PurgeStep {
  /** Entries that are gone for good since the last step. */
  readonly entries: number;
  /** Everything up to this entry is looked at. */
  readonly after: PurgeKey | undefined;
}

/**
 * Lets go for good of what is in the trash and whose time is over. It may be killed at any point: an entry that has begun
 * to go cannot be restored, and the next run takes the rest of it. No transaction is longer for a large entry.
 */
export async function* purgeTrash(
  db: Database,
  times: PurgeTimes,
  { after: begin, rows }: { readonly after: PurgeKey | undefined; readonly rows: () => number },
): AsyncGenerator<PurgeStep, void> {
  for (let after = begin; ;) {
    const limit = Math.min(rows(), ROWS_AT_ONCE);
    const found = await listPurgeable(db, times, { after, limit });
    const last = found.at(-1);
    if (last === undefined) return;
    const ended = await endEntries(db, found, times);
    // Large ones one after another, each piece by piece; of small ones, what hangs on all of them fits in one piece.
    for (const { id, repositoryId } of ended.filter(({ kind }) => kind === 'repository')) {
      while ((await purgeSome(db, (tx) => purgeRepositoryContents(tx, repositoryId, ROWS_AT_ONCE))) >= ROWS_AT_ONCE) {
        yield { entries: 0, after };
      }
      await db.transaction((tx) => removePurged(tx, [id]), { durable: false });
    }
    const others = ended.filter(({ kind }) => kind !== 'repository').map(({ id }) => id);
    if (others.length > 0) {
      while ((await purgeSome(db, (tx) => purgeContents(tx, others, ROWS_AT_ONCE))) >= ROWS_AT_ONCE) {
        yield { entries: 0, after };
      }
      await db.transaction((tx) => removePurged(tx, others), { durable: false });
    }
    after = { expiresAt: last.expiresAt, id: last.id };
    yield { entries: ended.length, after };
    if (found.length < limit) return;
  }
}

function purgeSome(db: Database, work: (tx: Parameters<typeof removePurged>[0]) => Promise<number>): Promise<number> {
  return db.transaction(work, { durable: false });
}

/** Those that nobody is restoring from just now. @returns them. */
async function endEntries(
  db: Database,
  found: readonly PurgeableTrash[],
  times: PurgeTimes,
): Promise<readonly PurgeableTrash[]> {
  return db.transaction(
    async (tx) => {
      const lockOf = ({ repository }: PurgeableTrash) => repositoryLock(repository);
      const locked = await tx.tryLock([...new Set(found.map(lockOf))]);
      const free = found.filter((entry) => locked.has(lockOf(entry)));
      if (free.length === 0) return [];
      const ids = new Set(
        await endTrash(
          tx,
          free.map(({ id }) => id),
          times,
        ),
      );
      return free.filter(({ id }) => ids.has(id));
    },
    { durable: false },
  );
}
