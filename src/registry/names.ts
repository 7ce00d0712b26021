import type { Database } from '../metadata/database.ts';
import { findRepositoryId, listRepositoryNames } from '../metadata/repositories.ts';
import { listTagNames } from '../metadata/tags.ts';
import { NameUnknownError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';

/** One page of names in byte order. */
export interface NamePage<Name> {
  readonly names: readonly Name[];
  /** Where the next page begins (after this name), when more may follow. */
  readonly next?: string;
}

export interface PageRequest {
  /** Names strictly after this text; it need not exist. */
  readonly last: string;
  /** At most this many. */
  readonly limit: number;
}

/** Repositories read at once while looking for those that the caller may pull. */
const CATALOG_BATCH = 1000;

/** For one page; somebody who may pull a few of a million then gets short pages, and nobody waits for a long one. */
const CATALOG_MOST_READ = 20_000;

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
    if (page.limit === 0) return { names: [] };
    return cut(await listTagNames(this.#db, repositoryId, page.last, page.limit + 1), page.limit);
  }

  /** Repositories that hold a manifest and that the caller may pull. */
  async listRepositories(
    mayPull: (repository: RepositoryName) => boolean,
    page: PageRequest,
  ): Promise<NamePage<RepositoryName>> {
    if (page.limit === 0) return { names: [] };
    const names: RepositoryName[] = [];
    let after = page.last;
    let batchSize = page.limit + 1;
    for (let read = 0; names.length <= page.limit; read += batchSize, batchSize = CATALOG_BATCH) {
      if (read > CATALOG_MOST_READ) return { names, next: after };
      const batch = await listRepositoryNames(this.#db, after, batchSize);
      const end = batch.at(-1);
      if (end === undefined) break;
      names.push(...batch.filter(mayPull));
      after = end;
    }
    return cut(names, page.limit);
  }
}

function cut<Name extends string>(names: readonly Name[], limit: number): NamePage<Name> {
  const shown = names.slice(0, limit);
  const last = shown.at(-1);
  return names.length > limit && last !== undefined ? { names: shown, next: last } : { names: shown };
}
