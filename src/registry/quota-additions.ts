import type { Queryable } from '../metadata/database.ts';
import { findUnlinked } from '../metadata/links.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findBlobs, findTagged } from '../metadata/many-rows.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { NOTHING, type Addition } from './quotas.ts';

/*
 * What is really new of what is pushed: what is pushed again adds nothing, and is never refused.
 */

/** Of a blob that is about to be linked; `size` in bytes. */
export async function additionOfBlob(
  db: Queryable,
  repositoryId: number,
  { digest, size }: { readonly digest: Digest; readonly size: number },
): Promise<Addition> {
  const isNew = (await findUnlinked(db, repositoryId, [digest])).length > 0;
  return isNew ? { ...NOTHING, bytes: size } : NOTHING;
}

/** Manifests that are about to be recorded, each with its size in bytes, and tags that are about to be made or moved. */
export interface PushedContent {
  readonly manifests: readonly { readonly digest: Digest; readonly size: number }[];
  readonly tags: readonly Tag[];
  /** That are recorded, and about to be linked. Default: none. */
  readonly blobs?: readonly Digest[];
}

export async function additionOf(db: Queryable, repositoryId: number, pushed: PushedContent): Promise<Addition> {
  const { manifests, tags, blobs = [] } = pushed;
  const digests = manifests.map(({ digest }) => digest);
  const known = await findDepths(db, repositoryId, digests);
  const taken = await findTagged(db, repositoryId, tags);
  const unlinked = await findBlobs(db, await findUnlinked(db, repositoryId, blobs));
  const fresh = manifests.filter(({ digest }) => !known.has(digest));
  return {
    bytes: sum([...fresh, ...unlinked.values()]),
    manifests: fresh.length,
    tags: tags.filter((tag) => !taken.has(tag)).length,
  };
}

function sum(contents: readonly { readonly size: number }[]): number {
  return contents.reduce((total, { size }) => total + size, 0);
}
