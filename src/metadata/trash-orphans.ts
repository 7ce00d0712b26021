import { expressionBuilder, sql, type Expression, type SqlBool } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import { beginningOfDigestTag } from '../oci/digest-tag.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { RepositoryContentKey } from './repository-content-range.ts';
import type { Schema } from './schema.ts';
import { AFTER_ALL, BEFORE_ALL, type Looked, type Stretch } from './stretch.ts';
import { nothingKeeps } from './untagged-manifests.ts';

/** A manifest in the trash. */
export interface TrashedKey {
  readonly trashId: number;
  readonly digest: Digest;
}

/** A live manifest of which only something in the trash made sense. */
export interface Orphan extends RepositoryContentKey {
  readonly repository: RepositoryName;
  /** The entry with what it belonged to. */
  readonly trashId: number;
  /** By which it says what it belonged to, as clients that do not know the referrers API do. */
  readonly tag: Tag | null;
}

interface Range {
  readonly afterTrash: number;
  readonly afterDigest: Digest;
  readonly endTrash: number;
  readonly endDigest: Digest;
  readonly before: number;
}

const nth = query((db, parameter: Parameter<{ afterTrash: number; afterDigest: Digest; skipped: number }>) =>
  db
    .selectFrom('trashed_manifests')
    .select(['trash_id as trashId', 'digest'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('trash_id', 'digest'), '>', tuple(parameter('afterTrash'), parameter('afterDigest'))),
    )
    .orderBy('trash_id')
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

/** Joined in the order in which they are written, so that SQLite looks at the trash and not at all manifests. */
const children = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('trashed_edges')
    .crossJoin('trash')
    .crossJoin('manifests')
    .crossJoin('repositories')
    .whereRef('trash.id', '=', 'trashed_edges.trash_id')
    .whereRef('manifests.repository_id', '=', 'trash.repository_id')
    .whereRef('manifests.digest', '=', 'trashed_edges.digest')
    .whereRef('repositories.id', '=', 'manifests.repository_id')
    .select([
      'trash.id as trashId',
      'manifests.repository_id as repositoryId',
      'repositories.name as repository',
      'manifests.digest',
    ])
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('trashed_edges.trash_id', 'trashed_edges.manifest_digest');
      return and([
        eb(key, '>', tuple(parameter('afterTrash'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endTrash'), parameter('endDigest'))),
      ]);
    })
    .where('trashed_edges.kind', '=', 'manifest')
    .where('trash.deleted_at', '<=', parameter('before'))
    .where('manifests.pushed_at', '<', parameter('before'))
    .whereRef('manifests.pushed_at', '<=', 'trash.deleted_at')
    .where(nothingKeeps())
    .where(neverHadTag()),
);

const referrers = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('trashed_manifests')
    .crossJoin('trash')
    .crossJoin('manifests')
    .crossJoin('repositories')
    .whereRef('trash.id', '=', 'trashed_manifests.trash_id')
    .whereRef('manifests.repository_id', '=', 'trash.repository_id')
    .whereRef('manifests.subject', '=', 'trashed_manifests.digest')
    .whereRef('repositories.id', '=', 'manifests.repository_id')
    .select([
      'trash.id as trashId',
      'manifests.repository_id as repositoryId',
      'repositories.name as repository',
      'manifests.digest',
    ])
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('trashed_manifests.trash_id', 'trashed_manifests.digest');
      return and([
        eb(key, '>', tuple(parameter('afterTrash'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endTrash'), parameter('endDigest'))),
      ]);
    })
    .where('trash.deleted_at', '<=', parameter('before'))
    .where('manifests.pushed_at', '<', parameter('before'))
    .whereRef('manifests.pushed_at', '<=', 'trash.deleted_at')
    .where(nothingKeeps())
    .where(neverHadTag()),
);

/** What had a tag once was an image of its own, and whoever took the tag away left it where it was. */
function neverHadTag(): Expression<SqlBool> {
  const { not, exists, selectFrom } = expressionBuilder<Schema, 'manifests'>();
  const left = selectFrom('tag_moves')
    .select('tag_moves.id')
    .whereRef('tag_moves.repository_id', '=', 'manifests.repository_id')
    .whereRef('tag_moves.from_digest', '=', 'manifests.digest');
  return not(exists(left));
}

/** As `oci/digest-tag.ts` has it: the digest with a dash, cut behind 64 hexadecimal digits. */
const TAG_BEGINNING = sql<Tag>`substr(replace(trashed_manifests.digest, ':', '-'), 1, 71)`;

/** `sha256-<hex>` and `sha256-<hex>.sig`, of a manifest that is not there any more; `/` is what follows `.` in ASCII. */
const tagged = query((db, parameter: Parameter<Range>) =>
  db
    .selectFrom('trashed_manifests')
    .crossJoin('trash')
    .crossJoin('tags')
    .crossJoin('repositories')
    .whereRef('trash.id', '=', 'trashed_manifests.trash_id')
    .whereRef('tags.repository_id', '=', 'trash.repository_id')
    .whereRef('repositories.id', '=', 'tags.repository_id')
    .where(({ eb }) => eb('tags.name', '>=', TAG_BEGINNING))
    .where(({ eb }) => eb('tags.name', '<', sql<Tag>`${TAG_BEGINNING} || '/'`))
    .select([
      'trash.id as trashId',
      'tags.repository_id as repositoryId',
      'repositories.name as repository',
      'tags.digest',
      'tags.name as tag',
    ])
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('trashed_manifests.trash_id', 'trashed_manifests.digest');
      return and([
        eb(key, '>', tuple(parameter('afterTrash'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endTrash'), parameter('endDigest'))),
      ]);
    })
    .where('trash.deleted_at', '<=', parameter('before'))
    .where('tags.updated_at', '<', parameter('before'))
    .whereRef('tags.updated_at', '<=', 'trash.deleted_at')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifests')
            .select('manifests.digest')
            .whereRef('manifests.repository_id', '=', 'trash.repository_id')
            .whereRef('manifests.digest', '=', 'trashed_manifests.digest'),
        ),
      ),
    ),
);

/**
 * What belonged to the manifests of a stretch of the trash and to nothing else, deleted at `before` or earlier: children
 * of indexes, what refers to them, and what the tags of clients without the referrers API and of cosign say of them. What
 * was pushed or restored since then is left alone.
 */
export async function listOrphans(
  db: Queryable,
  before: Date,
  { after, rows }: Stretch<TrashedKey>,
): Promise<Looked<Orphan, TrashedKey>> {
  const start = { afterTrash: after?.trashId ?? 0, afterDigest: after?.digest ?? BEFORE_ALL };
  const end = await db.first(nth, { ...start, skipped: rows - 1 });
  const range = {
    ...start,
    endTrash: end?.trashId ?? Number.MAX_SAFE_INTEGER,
    endDigest: end?.digest ?? AFTER_ALL,
    before: before.getTime(),
  };
  const untagged = [...(await db.all(children, range)), ...(await db.all(referrers, range))];
  const named = (await db.all(tagged, range)).filter(({ tag }) => beginningOfDigestTag(tag) !== undefined);
  return { found: [...untagged.map((orphan) => ({ ...orphan, tag: null })), ...named], end };
}
