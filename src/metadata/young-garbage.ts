import type { Digest } from '../oci/digest.ts';
import { findStretchEnd, noTrashKeeps } from './blobs.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { findLinksEnd, type Link } from './links.ts';
import { rangeUpTo, startAfter, type RepositoryContentRange } from './repository-content-range.ts';
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

const youngBlob = query((db, parameter: Parameter<Since & { after: Digest; end: Digest }>) =>
  db
    .selectFrom('blobs')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end'))
    .where('created_at', '>=', parameter('since'))
    .limit(1),
);

const youngLink = query((db, parameter: Parameter<Since & RepositoryContentRange>) =>
  db
    .selectFrom('links')
    .select('digest')
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('repository_id', 'digest');
      return and([
        eb(key, '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endRepository'), parameter('endDigest'))),
      ]);
    })
    .where('linked_at', '>=', parameter('since'))
    .limit(1),
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
/** The same where only their time is looked at, or that of links. */
const TIMES_PER_TURN = 10_000;

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
  // Where nothing was pushed lately, this is much less work.
  if (!(await isAnyYoung(db, since, rest))) return total;
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

/** Whether there are blobs, or links to them, since then. */
async function isAnyYoung(db: Queryable, time: Date, rest: () => Promise<void>): Promise<boolean> {
  const since = time.getTime();
  for (let after: Digest | undefined = BEFORE_ALL; after !== undefined; await rest()) {
    const end: Digest | undefined = await findStretchEnd(db, { after, rows: TIMES_PER_TURN });
    if ((await db.first(youngBlob, { since, after, end: end ?? AFTER_ALL })) !== undefined) return true;
    after = end;
  }
  let link: Link | undefined;
  do {
    const end: Link | undefined = await findLinksEnd(db, { after: link, rows: TIMES_PER_TURN });
    if ((await db.first(youngLink, { since, ...rangeUpTo(startAfter(link), end) })) !== undefined) return true;
    link = end;
    await rest();
  } while (link !== undefined);
  return false;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Manifests that no tag, index or subject keeps, pushed since then. */
export async function countYoungUntaggedManifests(db: Queryable, since: Date): Promise<number> {
  return (await db.first(manifests, { since: since.getTime() }))?.count ?? 0;
}
