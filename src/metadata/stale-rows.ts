import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import {
  rangeUpTo,
  startAfter,
  type RangeStart,
  type RepositoryContentKey,
  type RepositoryContentRange,
} from './repository-content-range.ts';
import { AFTER_ALL, BEFORE_ALL, type Looked, type Stretch } from './stretch.ts';

/*
 * What is known of images that are gone, also from the trash.
 */

const nthPull = query((db, parameter: Parameter<RangeStart & { skipped: number }>) =>
  db
    .selectFrom('pulls')
    .select(['repository_id as repositoryId', 'digest'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('repository_id', 'digest'), '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const pullsRemoved = query((db, parameter: Parameter<RepositoryContentRange>) =>
  db
    .deleteFrom('pulls')
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('pulls.repository_id', 'pulls.digest');
      return and([
        eb(key, '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endRepository'), parameter('endDigest'))),
      ]);
    })
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifests')
            .select('manifests.digest')
            .whereRef('manifests.repository_id', '=', 'pulls.repository_id')
            .whereRef('manifests.digest', '=', 'pulls.digest'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('trashed_manifests')
            .select('trashed_manifests.digest')
            .whereRef('trashed_manifests.repository_id', '=', 'pulls.repository_id')
            .whereRef('trashed_manifests.digest', '=', 'pulls.digest'),
        ),
      ),
    )
    .returning('pulls.digest'),
);

const nthDetail = query((db, parameter: Parameter<{ after: Digest; skipped: number }>) =>
  db
    .selectFrom('image_details')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const stale = query((db, parameter: Parameter<{ after: Digest; end: Digest }>) =>
  db
    .selectFrom('image_details')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end'))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_contents')
            .select('manifest_contents.digest')
            .whereRef('manifest_contents.digest', '=', 'image_details.digest'),
        ),
      ),
    ),
);

const detailsRemoved = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db.deleteFrom('image_details').where('digest', 'in', parameter('digests')),
);

/** The last pull of a stretch of all pulled manifests; `undefined` when the stretch goes to their end. */
export function findPullsEnd(
  db: Queryable,
  { after, rows }: Stretch<RepositoryContentKey>,
): Promise<RepositoryContentKey | undefined> {
  return db.first(nthPull, { ...startAfter(after), skipped: rows - 1 });
}

/** Forgets who pulled manifests of the stretch that are gone. @returns how many. */
export async function deleteStalePulls(
  tx: Transaction,
  after: RepositoryContentKey | undefined,
  end: RepositoryContentKey | undefined,
): Promise<number> {
  return (await tx.all(pullsRemoved, rangeUpTo(startAfter(after), end))).length;
}

/** In a stretch of them, details of images whose bytes are gone. */
export async function listStaleDetails(
  db: Queryable,
  { after = BEFORE_ALL, rows }: Stretch<Digest>,
): Promise<Looked<Digest, Digest>> {
  const end = (await db.first(nthDetail, { after, skipped: rows - 1 }))?.digest;
  const found = await db.all(stale, { after, end: end ?? AFTER_ALL });
  return { found: found.map(({ digest }) => digest), end };
}

export async function deleteDetails(tx: Transaction, digests: readonly Digest[]): Promise<void> {
  await tx.all(detailsRemoved, { digests });
}
