import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { RepositoryContentKey } from './repository-content-range.ts';
import { BEFORE_ALL, type Looked, type Stretch } from './stretch.ts';

/** A manifest whose time is over. */
export interface ExpiredManifest extends RepositoryContentKey {
  readonly repository: RepositoryName;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Of those that expire, in the order in which they do. */
export type ExpiryKey = Pick<ExpiredManifest, 'expiresAt' | 'repositoryId' | 'digest'>;

interface Range {
  readonly afterTime: number;
  readonly afterRepository: number;
  readonly afterDigest: Digest;
  readonly now: number;
  readonly limit: number;
}

const expired = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('manifests')
    // Manifests first: few expire, and an index knows them.
    .crossJoin('repositories')
    .whereRef('repositories.id', '=', 'manifests.repository_id')
    .select([
      'manifests.repository_id as repositoryId',
      'repositories.name as repository',
      'manifests.digest',
      'manifests.expires_at as expiresAt',
    ])
    .where('manifests.expires_at', 'is not', null)
    .where('manifests.expires_at', '<=', parameter('now'))
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('manifests.expires_at', 'manifests.repository_id', 'manifests.digest'),
        '>',
        tuple(parameter('afterTime'), parameter('afterRepository'), parameter('afterDigest')),
      ),
    )
    .orderBy('manifests.expires_at')
    .orderBy('manifests.repository_id')
    .orderBy('manifests.digest')
    .limit(parameter('limit')),
);

/** Manifests whose time is over; at most as many as a stretch has rows. */
export async function listExpired(
  db: Queryable,
  now: Date,
  { after, rows }: Stretch<ExpiryKey>,
): Promise<Looked<ExpiredManifest, ExpiryKey>> {
  const found = await db.all(expired, {
    afterTime: after?.expiresAt ?? 0,
    afterRepository: after?.repositoryId ?? 0,
    afterDigest: after?.digest ?? BEFORE_ALL,
    now: now.getTime(),
    limit: rows,
  });
  const last = found.at(-1);
  if (last === undefined || found.length < rows) return { found: timed(found), end: undefined };
  return {
    found: timed(found),
    end: { expiresAt: last.expiresAt ?? 0, repositoryId: last.repositoryId, digest: last.digest },
  };
}

function timed(
  rows: readonly (Omit<ExpiredManifest, 'expiresAt'> & { readonly expiresAt: number | null })[],
): readonly ExpiredManifest[] {
  return rows.map((row) => ({ ...row, expiresAt: row.expiresAt ?? 0 }));
}
