import type { Queryable } from '../metadata/database.ts';
import type { RepositoryKey } from '../metadata/repositories.ts';
import { listChildren, listImages, listTags, type StoredImage } from '../metadata/repository-images.ts';
import { beginningOfDigestTag, digestTagBeginning } from '../oci/digest-tag.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { BEFORE_ALL } from '../metadata/stretch.ts';
import { chunksOf, pagesOf } from './pages.ts';

/** A manifest, with all that it has to do with in its repository. */
export interface ViewedImage extends StoredImage {
  /** By name. */
  readonly tags: Tag[];
  /** Manifests that it names, whether or not they are here. */
  readonly children: Digest[];
  /** Indexes here that name it. */
  readonly indexes: Digest[];
  /** What is here and says that it is about it. */
  readonly referrers: Digest[];
}

/** All manifests and tags of a repository at one moment, in memory: some hundred bytes for each. */
export interface RepositoryView {
  readonly repository: RepositoryKey;
  readonly images: ReadonlyMap<Digest, ViewedImage>;
  readonly digestByTag: ReadonlyMap<Tag, Digest>;
  /** Tags that tools made for a manifest: its fallback list of referrers, signatures of cosign. By name. */
  tagsAbout(subject: Digest): readonly Tag[];
}

export async function viewRepository(
  facts: Queryable,
  repository: RepositoryKey,
  signal: AbortSignal,
): Promise<RepositoryView> {
  const images = await readImages(facts, repository.id, signal);
  const digestByTag = new Map<Tag, Digest>();
  const tagsByBeginning = new Map<string, Tag[]>();
  const page = (after: Tag, limit: number) => listTags(facts, { repositoryId: repository.id, after, limit });
  for await (const rows of pagesOf('' as Tag, page, ({ name }) => name, signal)) {
    for (const { name, digest } of rows) {
      digestByTag.set(name, digest);
      images.get(digest)?.tags.push(name);
      const beginning = beginningOfDigestTag(name);
      if (beginning !== undefined) addTo(tagsByBeginning, beginning, name);
    }
  }
  const indexes = [...images.values()].filter(({ depth }) => depth > 0).map(({ digest }) => digest);
  for await (const some of chunksOf(indexes, signal)) {
    for (const { index, child } of await listChildren(facts, repository.id, some)) {
      images.get(index)?.children.push(child);
      images.get(child)?.indexes.push(index);
    }
  }
  return {
    repository,
    images,
    digestByTag,
    tagsAbout: (subject) =>
      tagsByBeginning.size === 0 ? [] : (tagsByBeginning.get(digestTagBeginning(subject)) ?? []),
  };
}

async function readImages(
  facts: Queryable,
  repositoryId: number,
  signal: AbortSignal,
): Promise<Map<Digest, ViewedImage>> {
  const images = new Map<Digest, ViewedImage>();
  const page = (after: Digest, limit: number) => listImages(facts, { repositoryId, after, limit });
  for await (const rows of pagesOf(BEFORE_ALL, page, ({ digest }) => digest, signal)) {
    for (const row of rows) images.set(row.digest, { ...row, tags: [], children: [], indexes: [], referrers: [] });
  }
  for (const { digest, subject } of images.values()) {
    if (subject !== null) images.get(subject)?.referrers.push(digest);
  }
  return images;
}

export function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
