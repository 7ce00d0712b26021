import type { Digest } from '../oci/digest.ts';
import { findStretchEnd, noTrashKeeps } from './blobs.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { AFTER_ALL, BEFORE_ALL } from './stretch.ts';
import { nothingKeeps } from './untagged-manifests.ts';

interface Since {
  readonly since: number;
}

/** A blob stays as long as one repository links it and has a manifest that names it. */
const blobs = query((db, parameter: Parameter<Since & { after: Digest; end: Digest }>) =>
  db
    .selectFrom('blobs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('size').as('bytes')])
    .where('blobs.digest', '>', parameter('after'))
    .where('blobs.digest', '<=', parameter('end'))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('links')
            .innerJoin('manifest_edges', (join) =>
              join
                .onRef('manifest_edges.repository_id', '=', 'links.repository_id')
                .onRef('manifest_edges.digest', '=', 'links.digest'),
            )
            .select('links.digest')
            .whereRef('links.digest', '=', 'blobs.digest'),
        ),
      ),
    )
    .where(noTrashKeeps())
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('blobs.created_at', '>=', parameter('since')),
        exists(
          selectFrom('links')
            .select('links.digest')
            .whereRef('links.digest', '=', 'blobs.digest')
            .where('links.linked_at', '>=', parameter('since')),
        ),
      ]),
    ),
);

const manifests = query((db, parameter: Parameter<Since>) =>
  db
    .selectFrom('manifests')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('manifests.pushed_at', '>=', parameter('since'))
    .where(nothingKeeps()),
);

/** How many blobs are looked at in one turn: some milliseconds. */
const ROWS_PER_TURN = 500;

/**
 * Blobs that no manifest keeps, pushed or linked since then; `bytes` is their size together. Takes seconds for a million
 * blobs, and lets requests be answered in between: what is pushed meanwhile may or may not be counted.
 *
 * @param rest between two turns. Default: as long as others have something to do just then.
 */
export async function countYoungUnnamedBlobs(
  db: Queryable,
  since: Date,
  rest: () => Promise<void> = nextTurn,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const total = { count: 0, bytes: 0 };
  let after: Digest | undefined = BEFORE_ALL;
  while (after !== undefined) {
    const end: Digest | undefined = await findStretchEnd(db, { after, rows: ROWS_PER_TURN });
    const row = await db.first(blobs, { since: since.getTime(), after, end: end ?? AFTER_ALL });
    total.count += row?.count ?? 0;
    total.bytes += row?.bytes ?? 0;
    after = end;
    await rest();
  }
  return total;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Manifests that no tag, index or subject keeps, pushed since then. */
export async function countYoungUntaggedManifests(db: Queryable, since: Date): Promise<number> {
  return (await db.first(manifests, { since: since.getTime() }))?.count ?? 0;
}
