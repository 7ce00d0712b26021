import { beginningOfDigestTag, digestTagBeginning } from '../oci/digest-tag.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { addTo, type RepositoryView, type ViewedImage } from '../plans/repository-view.ts';
import type { Account, RemoteImage } from '../providers/account.ts';
import { mayBeAbout, mayBeIndex, withManifests } from './remote-manifests.ts';

/** A repository of another registry, as one of this one is seen when it is decided what goes. */
export interface RemoteView extends RepositoryView {
  readonly remote: ReadonlyMap<Digest, RemoteImage>;
  /** What may be an index of which nobody knows what it names. */
  readonly unread: ReadonlySet<Digest>;
  /** What has no tag, and of which nobody knows what it is about. */
  readonly maybeAbout: ReadonlySet<Digest>;
}

/**
 * Reads a repository. Where the registry does not tell what an index names, or what something is about, that is read.
 *
 * @throws {ProviderError}
 */
export async function viewRemote(account: Account, repository: string, signal: AbortSignal): Promise<RemoteView> {
  const found: RemoteImage[] = [];
  for await (const image of account.images(repository, signal)) {
    signal.throwIfAborted();
    found.push(image);
  }
  const images = await withManifests(account, repository, { images: found, signal });
  return viewOf(repository, new Map(images.map((image) => [image.digest as Digest, image])));
}

function viewOf(repository: string, remote: ReadonlyMap<Digest, RemoteImage>): RemoteView {
  const images = new Map<Digest, ViewedImage>();
  const digestByTag = new Map<Tag, Digest>();
  const tagsByBeginning = new Map<string, Tag[]>();
  const depths = depthsOf(remote);
  for (const [digest, image] of remote) {
    images.set(digest, viewedImage(digest, image, depths.get(digest) ?? 0));
    for (const tag of image.tags as readonly Tag[]) {
      digestByTag.set(tag, digest);
      const beginning = beginningOfDigestTag(tag);
      if (beginning !== undefined) addTo(tagsByBeginning, beginning, tag);
    }
  }
  for (const { digest, children, subject } of images.values()) {
    for (const child of children) images.get(child)?.indexes.push(digest);
    if (subject !== null) images.get(subject)?.referrers.push(digest);
  }
  const ofThese = (isUnknown: (image: RemoteImage) => boolean): ReadonlySet<Digest> =>
    new Set([...remote].flatMap(([digest, image]) => (isUnknown(image) ? [digest] : [])));
  return {
    // No repository of this registry: nobody looks for it here.
    repository: { id: 0, name: repository as RepositoryName },
    images,
    digestByTag,
    tagsAbout: (subject) => tagsByBeginning.get(digestTagBeginning(subject)) ?? [],
    remote,
    unread: ofThese(mayBeIndex),
    maybeAbout: ofThese((image) => mayBeAbout(image) && images.get(image.digest as Digest)?.indexes.length === 0),
  };
}

function viewedImage(digest: Digest, image: RemoteImage, depth: number): ViewedImage {
  const { mediaType = '', artifactType = null, subject, bytes = 0, pushedAt, pulledAt } = image;
  return {
    digest,
    mediaType,
    artifactType,
    subject: (subject as Digest | undefined) ?? null,
    annotations: null,
    size: bytes,
    depth,
    // What has no date is never old.
    pushedAt: pushedAt?.getTime() ?? Infinity,
    pulledAt: pulledAt?.getTime() ?? null,
    pulledBy: null,
    tags: [...(image.tags as readonly Tag[])].toSorted(),
    children: [...new Set(image.children as readonly Digest[] | undefined)].filter((child) => child !== digest),
    indexes: [],
    referrers: [],
  };
}

const MAX_DEPTH = 8;

/** Of what has any: looked at once for each level, because indexes may name each other in very many ways. */
function depthsOf(remote: ReadonlyMap<Digest, RemoteImage>): ReadonlyMap<Digest, number> {
  const indexes = [...remote].flatMap(([digest, { children = [] }]) =>
    children.length === 0 ? [] : [{ digest, children: new Set(children as readonly Digest[]) }],
  );
  let depths = new Map<Digest, number>();
  for (let level = 0; level < MAX_DEPTH; level += 1) {
    const deeper = new Map<Digest, number>();
    for (const { digest, children } of indexes) {
      let deepest = 0;
      for (const child of children) deepest = Math.max(deepest, depths.get(child) ?? 0);
      deeper.set(digest, 1 + deepest);
    }
    depths = deeper;
  }
  return depths;
}
