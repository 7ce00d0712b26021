import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import {
  rangeUpTo,
  startAfter,
  type RangeStart,
  type RepositoryContentKey,
  type RepositoryContentRange,
} from './repository-content-range.ts';
import type { Schema } from './schema.ts';
import type { Looked, Stretch } from './stretch.ts';

/** Which manifest of which repository. */
export type ManifestKey = RepositoryContentKey;

/** A manifest that no tag names. */
export interface UntaggedManifest extends ManifestKey {
  readonly repository: RepositoryName;
}

const nth = query((db, parameter: Parameter<RangeStart & { skipped: number }>) =>
  db
    .selectFrom('manifests')
    .select(['repository_id as repositoryId', 'digest'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('repository_id', 'digest'), '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const untagged = query((db, parameter: Parameter<RepositoryContentRange & { before: number }>) =>
  db
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select(['manifests.repository_id as repositoryId', 'repositories.name as repository', 'manifests.digest'])
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('manifests.repository_id', 'manifests.digest');
      return and([
        eb(key, '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endRepository'), parameter('endDigest'))),
      ]);
    })
    .where('manifests.pushed_at', '<', parameter('before'))
    .where(nothingKeeps()),
);

/** Of a manifest in a query: it has no tag, no index that names it, and no subject here that it belongs to. */
export function nothingKeeps(): Expression<SqlBool> {
  const { and, not, exists, selectFrom } = expressionBuilder<Schema, 'manifests'>();
  const tag = selectFrom('tags')
    .select('tags.name')
    .whereRef('tags.repository_id', '=', 'manifests.repository_id')
    .whereRef('tags.digest', '=', 'manifests.digest');
  const index = selectFrom('manifest_edges')
    .select('manifest_edges.digest')
    .whereRef('manifest_edges.repository_id', '=', 'manifests.repository_id')
    .whereRef('manifest_edges.digest', '=', 'manifests.digest');
  const subject = selectFrom('manifests as subjects')
    .select('subjects.digest')
    .whereRef('subjects.repository_id', '=', 'manifests.repository_id')
    .whereRef('subjects.digest', '=', 'manifests.subject');
  return and([not(exists(tag)), not(exists(index)), not(exists(subject))]);
}

/**
 * Of a stretch of all manifests: those pushed before `before` that nothing keeps, that is no tag, no index that names
 * them, and no subject here that they belong to.
 */
export async function listUntagged(
  db: Queryable,
  before: Date,
  { after, rows }: Stretch<ManifestKey>,
): Promise<Looked<UntaggedManifest, ManifestKey>> {
  const start = startAfter(after);
  const end = await db.first(nth, { ...start, skipped: rows - 1 });
  return { found: await db.all(untagged, { ...rangeUpTo(start, end), before: before.getTime() }), end };
}
