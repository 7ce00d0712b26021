import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { RepositoryKey } from './repositories.ts';

/*
 * Everything about the manifests of one repository, table by table and page by page: for whoever decides about all of
 * them. Each page is one query by an index, whatever the size of the repository.
 */

/** Part of what is known of a repository, in the order of its key. */
export interface RepositoryPage<Key extends string> {
  readonly repositoryId: number;
  /** Strictly after this one; empty: from the first. */
  readonly after: Key;
  readonly limit: number;
}

/** A manifest, and who pulled it last. Times are milliseconds since the epoch. */
export interface StoredImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: Digest | null;
  readonly annotations: string | null;
  /** Of the manifest itself, in bytes. */
  readonly size: number;
  readonly depth: number;
  readonly pushedAt: number;
  readonly pulledAt: number | null;
  readonly pulledBy: string | null;
}

export interface TaggedDigest {
  readonly name: Tag;
  readonly digest: Digest;
}

/** What an image says of itself. */
export interface StoredDetails {
  readonly digest: Digest;
  readonly createdAt: number | null;
  readonly platform: string | null;
  readonly labels: string | null;
}

const repositories = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('repositories')
    .select(['id', 'name'])
    .where('name', '>', parameter('after') as RepositoryName) // any text may be a lower bound
    .orderBy('name')
    .limit(parameter('limit')),
);

const images = query((db, parameter: Parameter<RepositoryPage<Digest>>) =>
  db
    .selectFrom('manifests')
    .leftJoin('pulls', (join) =>
      join.onRef('pulls.repository_id', '=', 'manifests.repository_id').onRef('pulls.digest', '=', 'manifests.digest'),
    )
    .select([
      'manifests.digest',
      'manifests.media_type as mediaType',
      'manifests.artifact_type as artifactType',
      'manifests.subject',
      'manifests.annotations',
      'manifests.size',
      'manifests.depth',
      'manifests.pushed_at as pushedAt',
      'pulls.pulled_at as pulledAt',
      'pulls.principal_name as pulledBy',
    ])
    .where('manifests.repository_id', '=', parameter('repositoryId'))
    .where('manifests.digest', '>', parameter('after'))
    .orderBy('manifests.digest')
    .limit(parameter('limit')),
);

const tags = query((db, parameter: Parameter<RepositoryPage<Tag>>) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '>', parameter('after'))
    .orderBy('name')
    .limit(parameter('limit')),
);

const details = query((db, parameter: Parameter<RepositoryPage<Digest>>) =>
  db
    .selectFrom('manifests')
    .innerJoin('image_details', 'image_details.digest', 'manifests.digest')
    .select([
      'manifests.digest',
      'image_details.created_at as createdAt',
      'image_details.platform',
      'image_details.labels',
    ])
    .where('manifests.repository_id', '=', parameter('repositoryId'))
    .where('manifests.digest', '>', parameter('after'))
    .orderBy('manifests.digest')
    .limit(parameter('limit')),
);

const untaggedTimes = query((db, parameter: Parameter<RepositoryPage<Digest>>) =>
  db
    .selectFrom('tag_moves')
    .select(({ fn, ref }) => [ref('from_digest').$castTo<Digest>().as('digest'), fn.max('moved_at').as('untaggedAt')])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('from_digest', 'is not', null)
    .where('from_digest', '>', parameter('after'))
    .groupBy('from_digest')
    .orderBy('from_digest')
    .limit(parameter('limit')),
);

const blobBytes = query((db, parameter: Parameter<{ repositoryId: number; after: Digest; last: Digest }>) =>
  db
    .selectFrom('manifest_edges')
    .innerJoin('blobs', 'blobs.digest', 'manifest_edges.digest')
    .select(({ fn }) => ['manifest_edges.manifest_digest as digest', fn.sum<number>('blobs.size').as('bytes')])
    .where('manifest_edges.repository_id', '=', parameter('repositoryId'))
    .where('manifest_edges.manifest_digest', '>', parameter('after'))
    .where('manifest_edges.manifest_digest', '<=', parameter('last'))
    .where('manifest_edges.kind', '=', 'blob')
    .groupBy('manifest_edges.manifest_digest'),
);

/** By name, strictly after `after`; empty ones too. */
export function listRepositories(db: Queryable, after: string, limit: number): Promise<readonly RepositoryKey[]> {
  return db.all(repositories, { after, limit });
}

/** By digest. */
export function listImages(db: Queryable, page: RepositoryPage<Digest>): Promise<readonly StoredImage[]> {
  return db.all(images, page);
}

/** By name. */
export function listTags(db: Queryable, page: RepositoryPage<Tag>): Promise<readonly TaggedDigest[]> {
  return db.all(tags, page);
}

/** By digest; only of those of which something is known. */
export function listDetails(db: Queryable, page: RepositoryPage<Digest>): Promise<readonly StoredDetails[]> {
  return db.all(details, page);
}

/** By digest: when a tag last left it, as far back as history goes; also of what is gone. */
export function listUntaggedTimes(
  db: Queryable,
  page: RepositoryPage<Digest>,
): Promise<readonly { readonly digest: Digest; readonly untaggedAt: number }[]> {
  return db.all(untaggedTimes, page);
}

/** Of the blobs that each manifest of this range names itself, in bytes; not of those of its children. */
export function listBlobBytes(
  db: Queryable,
  range: { readonly repositoryId: number; readonly after: Digest; readonly last: Digest },
): Promise<readonly { readonly digest: Digest; readonly bytes: number }[]> {
  return db.all(blobBytes, range);
}

/** Which manifests these indexes name; at most 1000 at once. */
export function listChildren(
  db: Queryable,
  repositoryId: number,
  indexes: readonly Digest[],
): Promise<readonly { readonly index: Digest; readonly child: Digest }[]> {
  return db.build((kysely) =>
    kysely
      .selectFrom('manifest_edges')
      .select(['manifest_digest as index', 'digest as child'])
      .where('repository_id', '=', repositoryId)
      .where('manifest_digest', 'in', indexes)
      .where('kind', '=', 'manifest'),
  );
}
