import type { Digest } from '../oci/digest.ts';
import { findStretchEnd } from './blobs.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { AFTER_ALL, BEFORE_ALL } from './stretch.ts';

/** How much the trash alone keeps: what a repository may serve as well is not counted. */
export interface TrashTotals {
  /** What can be restored. */
  readonly restorable: TrashAmount;
  /** What nothing but entries keeps whose time is over: the next collection frees it. */
  readonly reclaimable: TrashAmount;
}

export interface TrashAmount {
  readonly entries: number;
  readonly blobs: number;
  /** Of those blobs. */
  readonly bytes: number;
}

const entries = query((db, parameter: Parameter<{ now: number }>) =>
  db.selectNoFrom(({ selectFrom, fn }) => [
    selectFrom('trash')
      .select(fn.countAll<number>().as('count'))
      .where('expires_at', '>', parameter('now'))
      .as('restorable'),
    selectFrom('trash')
      .select(fn.countAll<number>().as('count'))
      .where('expires_at', '<=', parameter('now'))
      .as('reclaimable'),
  ]),
);

/** Blobs that no repository may serve, and that an entry keeps whose time ends later than `later`. */
const kept = query((db, parameter: Parameter<{ after: Digest; end: Digest; later: number }>) =>
  db
    .selectFrom('blobs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('size').as('bytes')])
    .where('blobs.digest', '>', parameter('after'))
    .where('blobs.digest', '<=', parameter('end'))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('links')
            .innerJoin('repositories', 'repositories.id', 'links.repository_id')
            .select('links.digest')
            .whereRef('links.digest', '=', 'blobs.digest'),
        ),
      ),
    )
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom('trashed_edges')
            .innerJoin('trash', 'trash.id', 'trashed_edges.trash_id')
            .select('trashed_edges.digest')
            .whereRef('trashed_edges.digest', '=', 'blobs.digest')
            .where('trashed_edges.is_linked', '=', 1)
            .where('trash.expires_at', '>', parameter('later')),
        ),
        exists(
          selectFrom('links')
            .innerJoin('trashed_repositories', 'trashed_repositories.id', 'links.repository_id')
            .innerJoin('trash', 'trash.id', 'trashed_repositories.trash_id')
            .select('links.digest')
            .whereRef('links.digest', '=', 'blobs.digest')
            .where('trash.expires_at', '>', parameter('later')),
        ),
      ]),
    ),
);

/** How many blobs are looked at in one turn: some milliseconds. */
const ROWS_PER_TURN = 1000;

/**
 * Takes seconds for a million blobs, and lets requests be answered in between: what comes and goes meanwhile may or may
 * not be counted.
 */
export async function countTrash(db: Queryable, now: Date): Promise<TrashTotals> {
  const number = await db.first(entries, { now: now.getTime() });
  const restorable = { entries: number?.restorable ?? 0, blobs: 0, bytes: 0 };
  const reclaimable = { entries: number?.reclaimable ?? 0, blobs: 0, bytes: 0 };
  let after: Digest | undefined = restorable.entries + reclaimable.entries === 0 ? undefined : BEFORE_ALL;
  while (after !== undefined) {
    const end: Digest | undefined = await findStretchEnd(db, { after, rows: ROWS_PER_TURN });
    const range = { after, end: end ?? AFTER_ALL };
    const young = await db.first(kept, { ...range, later: now.getTime() });
    const all = await db.first(kept, { ...range, later: -1 });
    restorable.blobs += young?.count ?? 0;
    restorable.bytes += young?.bytes ?? 0;
    reclaimable.blobs += (all?.count ?? 0) - (young?.count ?? 0);
    reclaimable.bytes += (all?.bytes ?? 0) - (young?.bytes ?? 0);
    after = end;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  return { restorable, reclaimable };
}
