import type { BlobRow } from '../metadata/blobs.ts';
import type { Queryable } from '../metadata/database.ts';
import {
  findBlobAge,
  findJudged,
  findLinkTime,
  listLinking,
  listNamed,
  listNaming,
  listReferringTo,
} from '../metadata/garbage-cascade.ts';
import type { Link, UnnamedLink } from '../metadata/links.ts';
import type { ManifestKey, UntaggedManifest } from '../metadata/untagged-manifests.ts';
import type { Digest } from '../oci/digest.ts';
import { unlinkedBlobs, unnamedLinks, untaggedManifests } from './forget.ts';
import { walk } from './walk.ts';

/** What a collection would forget. */
export interface Foreseen {
  readonly manifests: number;
  readonly links: number;
  readonly blobs: number;
  /** Of those blobs. */
  readonly bytes: number;
}

interface Key {
  readonly repositoryId: number;
  readonly digest: Digest;
}

/** Keys, each once. */
class Keys {
  readonly #byText = new Map<string, Key>();

  /** @returns whether it was new. */
  add({ repositoryId, digest }: Key): boolean {
    const text = `${repositoryId} ${digest}`;
    if (this.#byText.has(text)) return false;
    this.#byText.set(text, { repositoryId, digest });
    return true;
  }

  has({ repositoryId, digest }: Key): boolean {
    return this.#byText.has(`${repositoryId} ${digest}`);
  }

  get size(): number {
    return this.#byText.size;
  }

  [Symbol.iterator](): Iterator<Key> {
    return this.#byText.values();
  }
}

/**
 * Finds out what a collection would forget, only by reading: where others write to the database, too, doing it and undoing
 * it would let all of them wait. Remembers each thing that would go, so that it sees what would go with it.
 */
export async function foresee(
  facts: Queryable,
  { before, deleteUntagged }: { readonly before: Date; readonly deleteUntagged: boolean },
  signal: AbortSignal,
): Promise<Foreseen> {
  const manifests = new Keys();
  if (deleteUntagged) {
    const { list } = untaggedManifests(before);
    await walk<UntaggedManifest, ManifestKey>(signal, async (stretch) => {
      const looked = await list(facts, stretch);
      for (const manifest of looked.found) manifests.add(manifest);
      return looked;
    });
    await addThoseLeftAlone(facts, manifests, before, signal);
  }
  const links = await linksWithout(facts, manifests, before, signal);
  return { manifests: manifests.size, links: links.size, ...(await blobsWithout(facts, links, before, signal)) };
}

/** What only manifests keep that go: children of indexes, and what refers to them. Those added are looked at in turn. */
async function addThoseLeftAlone(facts: Queryable, gone: Keys, before: Date, signal: AbortSignal): Promise<void> {
  for (const manifest of gone) {
    signal.throwIfAborted();
    const related = [...(await listNamed(facts, manifest)), ...(await listReferringTo(facts, manifest))];
    for (const digest of related) {
      const candidate = { repositoryId: manifest.repositoryId, digest };
      if (!gone.has(candidate) && (await goesWith(facts, candidate, gone, before))) gone.add(candidate);
    }
  }
}

async function goesWith(facts: Queryable, candidate: Key, gone: Keys, before: Date): Promise<boolean> {
  const found = await findJudged(facts, candidate);
  if (found === undefined || found.isTagged || found.pushedAt >= before.getTime()) return false;
  const { repositoryId } = candidate;
  const naming = await listNaming(facts, candidate);
  if (naming.some((digest) => !gone.has({ repositoryId, digest }))) return false;
  if (found.subject === null || gone.has({ repositoryId, digest: found.subject })) return true;
  return (await findJudged(facts, { repositoryId, digest: found.subject })) === undefined;
}

async function linksWithout(facts: Queryable, manifests: Keys, before: Date, signal: AbortSignal): Promise<Keys> {
  const gone = new Keys();
  await walk<UnnamedLink, Link>(signal, async (stretch) => {
    const looked = await unnamedLinks(before).list(facts, stretch);
    for (const link of looked.found) gone.add(link);
    return looked;
  });
  for (const manifest of manifests) {
    signal.throwIfAborted();
    const { repositoryId } = manifest;
    for (const digest of await listNamed(facts, manifest)) {
      const link = { repositoryId, digest };
      const linkedAt = gone.has(link) ? undefined : await findLinkTime(facts, link);
      if (linkedAt === undefined || linkedAt >= before.getTime()) continue;
      const naming = await listNaming(facts, link);
      if (naming.every((other) => manifests.has({ repositoryId, digest: other }))) gone.add(link);
    }
  }
  return gone;
}

async function blobsWithout(
  facts: Queryable,
  links: Keys,
  before: Date,
  signal: AbortSignal,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const sizes = new Map<Digest, number>();
  await walk<BlobRow, Digest>(signal, async (stretch) => {
    const looked = await unlinkedBlobs(before, before).list(facts, stretch);
    for (const { digest, size } of looked.found) sizes.set(digest, size);
    return looked;
  });
  for (const { digest } of links) {
    signal.throwIfAborted();
    if (sizes.has(digest)) continue;
    const linking = await listLinking(facts, digest);
    const blob = linking.every((repositoryId) => links.has({ repositoryId, digest }))
      ? await findBlobAge(facts, digest)
      : undefined;
    if (blob !== undefined && blob.createdAt < before.getTime()) sizes.set(digest, blob.size);
  }
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return { blobs: sizes.size, bytes };
}
