import type { Database } from '../metadata/database.ts';
import { findRepositoryId, listRepositoryNames } from '../metadata/repositories.ts';
import { listTagNames } from '../metadata/tags.ts';
import { NameUnknownError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';

/** One page of names in byte order. */
export interface NamePage<Name> {
  readonly names: readonly Name[];
  /** Whether more follow the last of them. */
  readonly hasMore: boolean;
}

export interface PageRequest {
  /** Names strictly after this text; it need not exist. */
  readonly last: string;
  /** At most this many. */
  readonly limit: number;
}

/** Repositories read at once while looking for those that the caller may pull. */
const CATALOG_BATCH = 1000;

/** Lists of what there is. Each page is an index range: its cost does not grow with what comes before it. */
export class Names {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws {NameUnknownError} */
  async listTags(repository: RepositoryName, page: PageRequest): Promise<NamePage<Tag>> {
    const repositoryId = await findRepositoryId(this.#db, repository);
    if (repositoryId === undefined) throw new NameUnknownError(repository);
    if (page.limit === 0) return { names: [], hasMore: false };
    return cut(await listTagNames(this.#db, repositoryId, page.last, page.limit + 1), page.limit);
  }

  /** Repositories that hold a manifest and that the caller may pull. */
  async listRepositories(
    mayPull: (repository: RepositoryName) => boolean,
    page: PageRequest,
  ): Promise<NamePage<RepositoryName>> {
    if (page.limit === 0) return { names: [], hasMore: false };
    const names: RepositoryName[] = [];
    let after = page.last;
    while (names.length <= page.limit) {
      const batch = await listRepositoryNames(this.#db, after, Math.min(CATALOG_BATCH, page.limit + 1));
      const end = batch.at(-1);
      if (end === undefined) break;
      names.push(...batch.filter(mayPull));
      after = end;
    }
    return cut(names, page.limit);
  }
}

function cut<Name>(names: readonly Name[], limit: number): NamePage<Name> {
  return { names: names.slice(0, limit), hasMore: names.length > limit };
}
