import type { Database } from '../metadata/database.ts';
import { findManifestRows, findTaggedManifest, listReferring, type ManifestRow } from '../metadata/manifests.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import type { Digest } from '../oci/digest.ts';
import { ManifestInvalidError } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { referrersTag } from '../oci/tag.ts';

/** A manifest that refers to another, as a referrers list shows it. */
export interface Referrer {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: Digest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ReferrersPage {
  readonly referrers: readonly Referrer[];
  /** Where the next page begins (after this digest), when there is more. */
  readonly next?: Digest;
}

/** Annotations are copied into the list; a page of them is held in memory, and read by clients that bound it too. */
const MOST_PAGE_BYTES = 4 * 1024 * 1024;

/** What refers to a manifest: by its `subject` field, or through the tag that clients keep where there is no API. */
export class Referrers {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * In order of digest, strictly after `last`. Empty when nothing refers to the subject, whether or not it exists.
   *
   * @see distribution-spec v1.1.1 §Listing Referrers and §Enabling the Referrers API: a registry must also list those
   * that were pushed before it had the API, which clients recorded in an index under a tag made from the digest.
   */
  async list(
    repository: RepositoryName,
    subject: Digest,
    page: { readonly last: string; readonly limit: number; readonly artifactType?: string },
  ): Promise<ReferrersPage> {
    const repositoryId = await findRepositoryId(this.#db, repository);
    if (repositoryId === undefined) return { referrers: [] };
    const sizes = new Map<Digest, number>();
    for (const row of await this.#recorded(repository, repositoryId, subject)) {
      const isWanted = page.artifactType === undefined || page.artifactType === row.artifactType;
      if (isWanted && row.digest > page.last) sizes.set(row.digest, row.size);
    }
    const range = { repositoryId, subject, after: page.last, limit: page.limit + 1 };
    for (const { digest, size } of await listReferring(this.#db, range, page.artifactType)) sizes.set(digest, size);
    const digests = [...sizes.keys()].toSorted();
    const shown = withinBounds(digests, sizes, page.limit);
    const last = shown.at(-1);
    const rows = await findManifestRows(this.#db, repositoryId, shown);
    return {
      referrers: rows.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)).map(toReferrer),
      ...(shown.length < digests.length && last !== undefined && { next: last }),
    };
  }

  /** Those of the index under the fallback tag that are in the repository. */
  async #recorded(repository: RepositoryName, repositoryId: number, subject: Digest): Promise<readonly ManifestRow[]> {
    const index = await findTaggedManifest(this.#db, repository, referrersTag(subject));
    if (index === undefined) return [];
    try {
      const { manifests } = parseManifest(index.bytes, index.mediaType);
      const digests = manifests.map(({ digest }) => digest);
      return await findManifestRows(this.#db, repositoryId, digests);
    } catch (error) {
      // Whatever else somebody put under such a tag is not a list of referrers.
      if (error instanceof ManifestInvalidError) return [];
      throw error;
    }
  }
}

/** The first ones: as many as asked for, as long as their manifests, and so their annotations, stay small together. */
function withinBounds(
  digests: readonly Digest[],
  sizes: ReadonlyMap<Digest, number>,
  limit: number,
): readonly Digest[] {
  let bytes = 0;
  const end = digests.slice(0, limit).findIndex((digest) => (bytes += sizes.get(digest) ?? 0) > MOST_PAGE_BYTES);
  // One alone may be as large as a manifest may be, and is shown.
  return digests.slice(0, end === -1 ? limit : Math.max(1, end));
}

function toReferrer(row: ManifestRow): Referrer {
  return {
    mediaType: row.mediaType,
    size: row.size,
    digest: row.digest,
    ...(row.artifactType !== null && { artifactType: row.artifactType }),
    ...(row.annotations !== null && { annotations: JSON.parse(row.annotations) as Record<string, string> }),
  };
}
