import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { Queryable } from './database.ts';

/** What decides whether a manifest stays, besides other manifests. */
export interface JudgedManifest {
  readonly digest: Digest;
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  readonly subject: Digest | null;
  readonly isTagged: boolean;
}

/** Digests in one statement: engines bound the number of parameters (SQLite 32 766, PostgreSQL 65 535). */
const DIGESTS_PER_STATEMENT = 2000;

/** What these manifests of a repository name: blobs and manifests. Each once. */
export async function listNamed(
  db: Queryable,
  repositoryId: number,
  manifests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for (const some of parts(manifests)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('manifest_edges')
        .select('digest')
        .distinct()
        .where('repository_id', '=', repositoryId)
        .where('manifest_digest', 'in', some),
    );
    for (const { digest } of rows) found.add(digest);
  }
  return found;
}

/** The manifests of the repository that name each of these contents; what none names is not there. */
export async function listNaming(
  db: Queryable,
  repositoryId: number,
  contents: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const found = new Map<Digest, Digest[]>();
  for (const some of parts(contents)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('manifest_edges')
        .select(['digest', 'manifest_digest as manifest'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some),
    );
    for (const { digest, manifest } of rows) {
      const naming = found.get(digest);
      if (naming === undefined) found.set(digest, [manifest]);
      else naming.push(manifest);
    }
  }
  return found;
}

/** The manifests of the repository whose subject is one of these. */
export async function listReferringTo(
  db: Queryable,
  repositoryId: number,
  subjects: readonly Digest[],
): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const some of parts(subjects)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('manifests')
        .select('digest')
        .where('repository_id', '=', repositoryId)
        .where('subject', 'in', some),
    );
    for (const { digest } of rows) found.push(digest);
  }
  return found;
}

/** Those of these digests that are manifests of the repository. */
export async function listJudged(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly JudgedManifest[]> {
  const found: JudgedManifest[] = [];
  for (const some of parts(digests)) {
    const rows = await db.build((kysely) =>
      kysely
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
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some),
    );
    found.push(...rows.map(({ tags, ...row }) => ({ ...row, isTagged: (tags ?? 0) > 0 })));
  }
  return found;
}

/** When each of these blobs was linked to the repository last, in milliseconds since the epoch. */
export async function listLinkTimes(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  const found = new Map<Digest, number>();
  for (const some of parts(digests)) {
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('links')
        .select(['digest', 'linked_at as linkedAt'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', some),
    );
    for (const { digest, linkedAt } of rows) found.set(digest, linkedAt);
  }
  return found;
}

/** Tags that begin so, and then end or go on with a dot, as `oci/digest-tag.ts` has them; made or moved before `before`. */
export async function listDigestTags(
  db: Queryable,
  repositoryId: number,
  { beginning, before }: { readonly beginning: string; readonly before: Date },
): Promise<readonly { readonly name: Tag; readonly digest: Digest }[]> {
  return db.build((kysely) =>
    kysely
      .selectFrom('tags')
      .select(['name', 'digest'])
      .where('repository_id', '=', repositoryId)
      .where('name', '>=', beginning as Tag) // any text may be a bound
      .where('name', '<', `${beginning}/` as Tag)
      .where('updated_at', '<', before.getTime()),
  );
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
  const found: HeldBlob[] = [];
  for (const some of parts(digests)) {
    const blobs = await db.build((kysely) =>
      kysely.selectFrom('blobs').select(['digest', 'size', 'created_at as createdAt']).where('digest', 'in', some),
    );
    const links = await db.build((kysely) =>
      kysely.selectFrom('links').select(['digest', 'repository_id as id']).where('digest', 'in', some),
    );
    const edges = await db.build((kysely) =>
      kysely
        .selectFrom('trashed_edges')
        .select(['digest', 'trash_id as id'])
        .where('digest', 'in', some)
        .where('is_linked', '=', 1),
    );
    const linking = Map.groupBy(links, ({ digest }) => digest);
    const trash = Map.groupBy(edges, ({ digest }) => digest);
    const ids = (rows: readonly { readonly id: number }[] = []): readonly number[] => rows.map(({ id }) => id);
    for (const blob of blobs) {
      found.push({ ...blob, linking: ids(linking.get(blob.digest)), trash: ids(trash.get(blob.digest)) });
    }
  }
  return found;
}

/** The blobs that entries of the trash may give back, and those of repositories that were deleted whole. */
export async function listTrashedBlobs(
  db: Queryable,
  { trash, repositories }: { readonly trash: readonly number[]; readonly repositories: readonly number[] },
): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for (const some of parts(trash)) {
    const rows = await db.build((kysely) =>
      kysely.selectFrom('trashed_edges').select('digest').where('trash_id', 'in', some).where('is_linked', '=', 1),
    );
    for (const { digest } of rows) found.add(digest);
  }
  for (const some of parts(repositories)) {
    const rows = await db.build((kysely) =>
      kysely.selectFrom('links').select('digest').where('repository_id', 'in', some),
    );
    for (const { digest } of rows) found.add(digest);
  }
  return found;
}

function* parts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += DIGESTS_PER_STATEMENT) {
    yield items.slice(start, start + DIGESTS_PER_STATEMENT);
  }
}
