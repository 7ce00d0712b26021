import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { numbers } from './list-parameters.ts';

/** What decides whether a manifest stays, besides other manifests. */
export interface JudgedManifest {
  readonly digest: Digest;
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  readonly subject: Digest | null;
  readonly isTagged: boolean;
}

/** Some contents of a repository. */
interface Some {
  readonly repositoryId: number;
  readonly digests: readonly Digest[];
}

const named = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifest_edges')
    // Not each once, for which SQLite would read all that the repository names in the order of digests.
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('manifest_digest', 'in', parameter('digests')),
);

const naming = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifest_edges')
    .select(['digest', 'manifest_digest as manifest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const referring = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifests')
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('subject', 'in', parameter('digests')),
);

const judged = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('manifests')
    .select((expression) => [
      'digest',
      'pushed_at as pushedAt',
      'subject',
      expression
        .selectFrom('tags')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('tags.repository_id', '=', 'manifests.repository_id')
        .whereRef('tags.digest', '=', 'manifests.digest')
        .as('tags'),
    ])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const linkTimes = query((db, parameter: Parameter<Some>) =>
  db
    .selectFrom('links')
    .select(['digest', 'linked_at as linkedAt'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

const digestTags = query((db, parameter: Parameter<{ repositoryId: number; from: Tag; below: Tag; before: number }>) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '>=', parameter('from'))
    .where('name', '<', parameter('below'))
    .where('updated_at', '<', parameter('before')),
);

const blobs = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db
    .selectFrom('blobs')
    .select(['digest', 'size', 'created_at as createdAt'])
    .where('digest', 'in', parameter('digests')),
);

const linking = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db.selectFrom('links').select(['digest', 'repository_id as id']).where('digest', 'in', parameter('digests')),
);

const trashing = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db
    .selectFrom('trashed_edges')
    .select(['digest', 'trash_id as id'])
    .where('digest', 'in', parameter('digests'))
    .where('is_linked', '=', 1),
);

const ofTrash = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  db
    .selectFrom('trashed_edges')
    .select('digest')
    .where('trash_id', 'in', numbers(parameter('ids')))
    .where('is_linked', '=', 1),
);

const ofRepositories = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  db
    .selectFrom('links')
    .select('digest')
    .where('repository_id', 'in', numbers(parameter('ids'))),
);

/** What these manifests of a repository name: blobs and manifests. Each once. */
export async function listNamed(
  db: Queryable,
  repositoryId: number,
  manifests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  if (manifests.length === 0) return new Set();
  const rows = await db.all(named, { repositoryId, digests: manifests });
  return new Set(rows.map(({ digest }) => digest));
}

/** The manifests of the repository that name each of these contents; what none names is not there. */
export async function listNaming(
  db: Queryable,
  repositoryId: number,
  contents: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const found = new Map<Digest, Digest[]>();
  if (contents.length === 0) return found;
  for (const { digest, manifest } of await db.all(naming, { repositoryId, digests: contents })) {
    const known = found.get(digest);
    if (known === undefined) found.set(digest, [manifest]);
    else known.push(manifest);
  }
  return found;
}

/** The manifests of the repository whose subject is one of these. */
export async function listReferringTo(
  db: Queryable,
  repositoryId: number,
  subjects: readonly Digest[],
): Promise<readonly Digest[]> {
  if (subjects.length === 0) return [];
  const rows = await db.all(referring, { repositoryId, digests: subjects });
  return rows.map(({ digest }) => digest);
}

/** Those of these digests that are manifests of the repository. */
export async function listJudged(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly JudgedManifest[]> {
  if (digests.length === 0) return [];
  const rows = await db.all(judged, { repositoryId, digests });
  return rows.map(({ tags, ...row }) => ({ ...row, isTagged: (tags ?? 0) > 0 }));
}

/** When each of these blobs was linked to the repository last, in milliseconds since the epoch. */
export async function listLinkTimes(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  if (digests.length === 0) return new Map();
  const rows = await db.all(linkTimes, { repositoryId, digests });
  return new Map(rows.map(({ digest, linkedAt }) => [digest, linkedAt]));
}

/** Tags that begin so, and then end or go on with a dot, as `oci/digest-tag.ts` has them; made or moved before `before`. */
export async function listDigestTags(
  db: Queryable,
  repositoryId: number,
  { beginning, before }: { readonly beginning: string; readonly before: Date },
): Promise<readonly { readonly name: Tag; readonly digest: Digest }[]> {
  // Any text may be a bound.
  const range = { from: beginning as Tag, below: `${beginning}/` as Tag };
  return db.all(digestTags, { repositoryId, ...range, before: before.getTime() });
}

/** A blob of which something may still need the bytes. */
export interface HeldBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Repositories that link it, those in the trash too. */
  readonly linking: readonly number[];
  /** Entries of the trash that may give it back. */
  readonly trash: readonly number[];
}

/** Those of these digests that are blobs, with all that holds them. */
export async function listHeldBlobs(db: Queryable, digests: readonly Digest[]): Promise<readonly HeldBlob[]> {
  if (digests.length === 0) return [];
  const recorded = await db.all(blobs, { digests });
  const links = Map.groupBy(await db.all(linking, { digests }), ({ digest }) => digest);
  const trash = Map.groupBy(await db.all(trashing, { digests }), ({ digest }) => digest);
  const ids = (rows: readonly { readonly id: number }[] = []): readonly number[] => rows.map(({ id }) => id);
  return recorded.map((blob) => ({
    ...blob,
    linking: ids(links.get(blob.digest)),
    trash: ids(trash.get(blob.digest)),
  }));
}

/** The blobs that entries of the trash may give back, and those of repositories that were deleted whole. */
export async function listTrashedBlobs(
  db: Queryable,
  { trash, repositories }: { readonly trash: readonly number[]; readonly repositories: readonly number[] },
): Promise<ReadonlySet<Digest>> {
  const ofEntries = trash.length === 0 ? [] : await db.all(ofTrash, { ids: trash });
  const ofOthers = repositories.length === 0 ? [] : await db.all(ofRepositories, { ids: repositories });
  return new Set([...ofEntries, ...ofOthers].map(({ digest }) => digest));
}
