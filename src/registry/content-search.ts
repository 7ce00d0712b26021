import {
  findDigestsThatBegin,
  findTagsThatBegin,
  type FoundManifest,
  type FoundTag,
} from '../metadata/content-search.ts';
import type { Queryable } from '../metadata/database.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { BEFORE_FIRST, walkTags } from '../metadata/tag-pages.ts';
import { findTag } from '../metadata/tags.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { listRepositoryPage } from './repository-pages.ts';

export interface ContentSearch {
  /** What is looked for: a part of a name, the beginning of a tag or digest, or `name:tag`. */
  readonly text: string;
  readonly maySee: (repository: RepositoryName) => boolean;
  /** Of each kind. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface FoundContent {
  readonly repositories: readonly RepositoryName[];
  readonly tags: readonly FoundTag[];
  readonly digests: readonly FoundManifest[];
}

/** Of each kind, of all repositories: whoever sees few of very many that begin alike is shown less. */
const MOST_LOOKED_AT = 2000;

/** Repositories in which tags are looked for one by one. */
const MOST_REPOSITORIES = 50;

const DIGEST = /^(?<algorithm>sha256:|sha512:)?(?<encoded>[0-9a-f]{4,128})$/;

/** Looks where indexes lead, and at no more than a bounded number of rows besides. */
export async function searchContent(db: Queryable, search: ContentSearch): Promise<FoundContent> {
  const { text, limit } = search;
  const colon = text.lastIndexOf(':');
  const isDigest = DIGEST.test(text);
  const [name, tag] = colon === -1 || isDigest ? [text, text] : [text.slice(0, colon), text.slice(colon + 1)];
  const named = await repositoriesWith(db, search, name, colon === -1 || isDigest ? limit : MOST_REPOSITORIES);
  return {
    repositories: named.slice(0, limit),
    tags: colon === -1 || isDigest ? await tagsAnywhere(db, search) : await tagsIn(db, named, tag, limit),
    digests: isDigest ? await digestsOf(db, search) : [],
  };
}

async function repositoriesWith(
  db: Queryable,
  { maySee, signal }: ContentSearch,
  part: string,
  limit: number,
): Promise<readonly RepositoryName[]> {
  const isWanted = (name: RepositoryName): boolean => name.includes(part.toLowerCase()) && maySee(name);
  const page = { order: 'name', direction: 'ascending', after: undefined, prefix: '', limit, signal } as const;
  return (await listRepositoryPage(db, { ...page, isWanted })).repositories.map(({ name }) => name);
}

async function tagsAnywhere(db: Queryable, search: ContentSearch): Promise<readonly FoundTag[]> {
  const { text, maySee, limit } = search;
  const looked = await findTagsThatBegin(db, text, MOST_LOOKED_AT);
  const found = looked.filter(({ repository }) => maySee(repository));
  if (found.length >= limit || looked.length < MOST_LOOKED_AT) return found.slice(0, limit);
  return await tagsIn(db, await repositoriesWith(db, search, '', MOST_REPOSITORIES), text, limit);
}

async function tagsIn(
  db: Queryable,
  repositories: readonly RepositoryName[],
  prefix: string,
  limit: number,
): Promise<readonly FoundTag[]> {
  const found: FoundTag[] = [];
  for (const repository of repositories) {
    const repositoryId = await findRepositoryId(db, repository);
    if (repositoryId === undefined) continue;
    const stretch = { repositoryId, after: BEFORE_FIRST.ascending, prefix, part: '', rows: limit, limit };
    for (const { name } of await walkTags(db, 'name', 'ascending', stretch)) {
      const digest = name === null ? undefined : await findTag(db, repositoryId, name);
      if (name !== null && digest !== undefined) found.push({ repository, tag: name, digest });
      if (found.length === limit) return found;
    }
  }
  return found;
}

async function digestsOf(db: Queryable, { text, maySee, limit }: ContentSearch): Promise<readonly FoundManifest[]> {
  const { algorithm, encoded = '' } = DIGEST.exec(text)?.groups ?? {};
  const found: FoundManifest[] = [];
  for (const each of algorithm === undefined ? ['sha256:', 'sha512:'] : [algorithm]) {
    const looked = await findDigestsThatBegin(db, `${each}${encoded}`, MOST_LOOKED_AT);
    found.push(...looked.filter(({ repository }) => maySee(repository)));
  }
  return found.slice(0, limit);
}
