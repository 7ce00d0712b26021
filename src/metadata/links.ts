import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { BlobRow } from './blobs.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import {
  rangeUpTo,
  startAfter,
  type RangeStart,
  type RepositoryContentKey,
  type RepositoryContentRange,
} from './repository-content-range.ts';
import type { Schema } from './schema.ts';
import type { Looked, Stretch } from './stretch.ts';

const linkedBlob = query((db, parameter: Parameter<{ repository: RepositoryName; digest: Digest }>) =>
  db
    .selectFrom('repositories')
    .innerJoin('links', 'links.repository_id', 'repositories.id')
    .innerJoin('blobs', 'blobs.digest', 'links.digest')
    .select(['blobs.digest', 'blobs.size', 'blobs.storage_key as storageKey', 'links.linked_at as linkedAt'])
    .where('repositories.name', '=', parameter('repository'))
    .where('links.digest', '=', parameter('digest')),
);

const saved = query((db, parameter: Parameter<Link & { now: number }>) =>
  db
    .insertInto('links')
    .values({
      repository_id: parameter('repositoryId'),
      digest: parameter('digest'),
      linked_at: parameter('now'),
    })
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'digest']).doUpdateSet({ linked_at: parameter('now') }),
    ),
);

const renewed = query((db, parameter: Parameter<{ repository: RepositoryName; digest: Digest; now: number }>) =>
  db
    .updateTable('links')
    .set({ linked_at: parameter('now') })
    .where('digest', '=', parameter('digest'))
    .where('repository_id', '=', (inner) =>
      inner.selectFrom('repositories').select('id').where('name', '=', parameter('repository')),
    )
    .returning('digest'),
);

const removed = query((db, parameter: Parameter<Link>) =>
  db
    .deleteFrom('links')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest'))
    .returning('digest'),
);

/** Of a link in a query: no manifest of its repository names the blob. */
function isUnnamed(): Expression<SqlBool> {
  const { not, exists, selectFrom } = expressionBuilder<Schema, 'links'>();
  return not(
    exists(
      selectFrom('manifest_edges')
        .select('manifest_edges.digest')
        .whereRef('manifest_edges.repository_id', '=', 'links.repository_id')
        .whereRef('manifest_edges.digest', '=', 'links.digest'),
    ),
  );
}

const unnamedRemoved = query(
  (db, parameter: Parameter<{ repositoryId: number; digests: readonly Digest[]; before: number }>) =>
    db
      .deleteFrom('links')
      .where('repository_id', '=', parameter('repositoryId'))
      .where('digest', 'in', parameter('digests'))
      .where('linked_at', '<', parameter('before'))
      .where(isUnnamed())
      .returning('digest'),
);

const linkedOf = query((db, parameter: Parameter<{ repositoryId: number; digests: readonly Digest[] }>) =>
  db
    .selectFrom('links')
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const holders = query((db, parameter: Parameter<{ digest: Digest; limit: number }>) =>
  db
    .selectFrom('links')
    .innerJoin('repositories', 'repositories.id', 'links.repository_id')
    .select('repositories.name')
    .where('links.digest', '=', parameter('digest'))
    .limit(parameter('limit')),
);

const nth = query((db, parameter: Parameter<RangeStart & { skipped: number }>) =>
  db
    .selectFrom('links')
    .select(['repository_id as repositoryId', 'digest'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('repository_id', 'digest'), '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const unnamed = query((db, parameter: Parameter<RepositoryContentRange & { before: number }>) =>
  db
    .selectFrom('links')
    // Links first: from repositories, SQLite would read all the links of each.
    .crossJoin('repositories')
    .whereRef('repositories.id', '=', 'links.repository_id')
    .select(['links.repository_id as repositoryId', 'repositories.name as repository', 'links.digest'])
    .where(({ and, eb, refTuple, tuple }) => {
      const key = refTuple('links.repository_id', 'links.digest');
      return and([
        eb(key, '>', tuple(parameter('afterRepository'), parameter('afterDigest'))),
        eb(key, '<=', tuple(parameter('endRepository'), parameter('endDigest'))),
      ]);
    })
    .where('links.linked_at', '<', parameter('before'))
    .where(isUnnamed()),
);

/** The fact that a repository may serve a blob. */
export type Link = RepositoryContentKey;

/** A link that no manifest needs. */
export interface UnnamedLink extends Link {
  readonly repository: RepositoryName;
}

/** A blob, as its repository may serve it. */
export interface LinkedBlobRow extends BlobRow {
  /** When it was pushed, mounted or renewed here last, in milliseconds since the epoch. */
  readonly linkedAt: number;
}

/** The blob, if this repository may serve it. */
export function findLinkedBlob(
  db: Queryable,
  repository: RepositoryName,
  digest: Digest,
): Promise<LinkedBlobRow | undefined> {
  return db.first(linkedBlob, { repository, digest });
}

/** Linking again renews the time, which keeps garbage collection away. */
export async function saveLink(tx: Transaction, link: Link, now: Date): Promise<void> {
  await tx.all(saved, { ...link, now: now.getTime() });
}

/** Renews the time of a link. @returns whether there is one. */
export async function renewLink(
  tx: Transaction,
  repository: RepositoryName,
  digest: Digest,
  now: Date,
): Promise<boolean> {
  return (await tx.first(renewed, { repository, digest, now: now.getTime() })) !== undefined;
}

/** @returns whether there was one. */
export async function deleteLink(tx: Transaction, link: Link): Promise<boolean> {
  return (await tx.first(removed, link)) !== undefined;
}

/**
 * Deletes those of some links of one repository that were made before `before`, and whose blob no manifest of it names: as
 * they are now, since a client that asks for a blob renews its link without any lock. @returns those that there were.
 */
export async function deleteUnnamedLinks(
  tx: Transaction,
  repositoryId: number,
  digests: readonly Digest[],
  before: Date,
): Promise<readonly Digest[]> {
  const rows = await tx.all(unnamedRemoved, { repositoryId, digests, before: before.getTime() });
  return rows.map(({ digest }) => digest);
}

/** Which of these digests the repository may not serve. */
export async function findUnlinked(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  if (digests.length === 0) return [];
  const rows = await db.all(linkedOf, { repositoryId, digests });
  const linked = new Set(rows.map(({ digest }) => digest));
  return digests.filter((digest) => !linked.has(digest));
}

/** Repositories that may serve a blob, in no order. */
export async function listHolders(db: Queryable, digest: Digest, limit: number): Promise<readonly RepositoryName[]> {
  return (await db.all(holders, { digest, limit })).map(({ name }) => name);
}

/** Of a stretch of all links: those made before `before` whose blob no manifest of the repository names. */
export async function listUnnamedLinks(
  db: Queryable,
  before: Date,
  { after, rows }: Stretch<Link>,
): Promise<Looked<UnnamedLink, Link>> {
  const end = await findLinksEnd(db, { after, rows });
  return { found: await db.all(unnamed, { ...rangeUpTo(startAfter(after), end), before: before.getTime() }), end };
}

/** The last of a stretch of all links; `undefined` when the stretch goes to their end. */
export function findLinksEnd(db: Queryable, { after, rows }: Stretch<Link>): Promise<Link | undefined> {
  return db.first(nth, { ...startAfter(after), skipped: rows - 1 });
}
