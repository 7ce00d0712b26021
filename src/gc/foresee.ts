import { listUnlinkedBlobs, type BlobRow } from '../metadata/blobs.ts';
import type { Queryable } from '../metadata/database.ts';
import { listHeldBlobs, listLinkTimes, listNamed, listNaming, listTrashedBlobs } from '../metadata/garbage-cascade.ts';
import { listUnnamedLinks, type Link, type UnnamedLink } from '../metadata/links.ts';
import { listPurgeable, type PurgeKey, type PurgeTimes } from '../metadata/trash-purge.ts';
import type { Digest } from '../oci/digest.ts';
import { foreseeManifests, type ForeseeManifestsOptions, type ForeseeManifestsParts } from './foresee-manifests.ts';
import type { ForeseenManifests, GoneFrom } from './foreseen-manifests.ts';
import { NO_COUNTS, type Counts } from './phase.ts';
import { purgeTimes } from './purge.ts';
import { walkLooking } from './walk.ts';

export interface ForeseeOptions extends ForeseeManifestsOptions {
  readonly purge: boolean;
}

const ROWS = 500;
const rows = (): number => ROWS;

/**
 * Finds out what a collection would forget, only by reading: doing it and undoing it would let others wait. Remembers
 * each thing that would go, so that it sees what would go with it.
 */
export async function foresee(
  parts: ForeseeManifestsParts,
  facts: Queryable,
  options: ForeseeOptions,
): Promise<Counts> {
  const { gone, expired } = await foreseeManifests(parts, facts, options);
  const purged = await foreseePurge(facts, purgeTimes(options));
  const links = await foreseeLinks(facts, gone, options);
  const blobs = await foreseeBlobs(facts, { gone, purged, links, ...options });
  const counts = { expired, manifests: gone.size - expired, purged: purged.trash.size, links: links.count };
  return { ...NO_COUNTS, ...counts, ...blobs };
}

interface Purged {
  readonly trash: ReadonlySet<number>;
  /** Repositories that were deleted whole. */
  readonly repositories: ReadonlySet<number>;
}

async function foreseePurge(facts: Queryable, times: PurgeTimes): Promise<Purged> {
  const [trash, repositories] = [new Set<number>(), new Set<number>()];
  let after: PurgeKey | undefined;
  do {
    const found = await listPurgeable(facts, times, { after, limit: ROWS });
    for (const { id, kind, repositoryId } of found) {
      trash.add(id);
      if (kind === 'repository') repositories.add(repositoryId);
    }
    after = found.at(-1);
  } while (after !== undefined);
  return { trash, repositories };
}

/** Blobs that repositories would not serve any more, by repository. */
interface ForeseenLinks {
  readonly byRepository: ReadonlyMap<number, ReadonlySet<Digest>>;
  /** How many of them it would be the collection that finds, and not the deletion of a manifest. */
  readonly count: number;
  /** What entries of the trash that would be made would keep. */
  readonly kept: ReadonlySet<Digest>;
}

async function foreseeLinks(
  facts: Queryable,
  gone: ForeseenManifests,
  options: ForeseeOptions,
): Promise<ForeseenLinks> {
  const byRepository = new Map<number, Set<Digest>>();
  const add = (repositoryId: number, digest: Digest): void => {
    const known = byRepository.get(repositoryId);
    if (known === undefined) byRepository.set(repositoryId, new Set([digest]));
    else known.add(digest);
  };
  let count = 0;
  for await (const unnamed of walkLooking<UnnamedLink, Link>(
    facts,
    (db, stretch) => listUnnamedLinks(db, options.before, stretch),
    rows,
  )) {
    options.signal.throwIfAborted();
    for (const { repositoryId, digest } of unnamed) add(repositoryId, digest);
    count += unnamed.length;
  }
  const kept = new Set<Digest>();
  for (const from of gone.repositories) {
    const { repositoryId } = from;
    const named = [...(await listNamed(facts, repositoryId, [...from.digests]))];
    const naming = await listNaming(facts, repositoryId, named);
    for (const [digest, linkedAt] of await listLinkTimes(facts, repositoryId, named)) {
      if (!isPurgedAtOnce(from, options)) kept.add(digest);
      const isNeeded = naming.get(digest)?.some((manifest) => !from.digests.has(manifest)) === true;
      const unlinks = Math.max(from.unlinksBefore.getTime(), options.before.getTime());
      if (isNeeded || linkedAt >= unlinks) continue;
      add(repositoryId, digest);
      if (linkedAt >= from.unlinksBefore.getTime()) count += 1;
    }
  }
  return { byRepository, count, kept };
}

/** Whether what is deleted just now goes for good in the same collection. */
function isPurgedAtOnce({ keepSeconds }: GoneFrom, { purge, before, now }: ForeseeOptions): boolean {
  return purge || (keepSeconds === 0 && before.getTime() >= now.getTime());
}

interface Going extends ForeseeOptions {
  readonly gone: ForeseenManifests;
  readonly purged: Purged;
  readonly links: ForeseenLinks;
}

async function foreseeBlobs(
  facts: Queryable,
  going: Going,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const { before, purged, links, signal } = going;
  const sizes = new Map<Digest, number>();
  for await (const unlinked of walkLooking<BlobRow, Digest>(
    facts,
    (db, stretch) => listUnlinkedBlobs(db, before, stretch),
    rows,
  )) {
    signal.throwIfAborted();
    for (const { digest, size } of unlinked) sizes.set(digest, size);
  }
  const trashed = { trash: [...purged.trash], repositories: [...purged.repositories] };
  const letGo = new Set(await listTrashedBlobs(facts, trashed));
  for (const digests of links.byRepository.values()) for (const digest of digests) letGo.add(digest);
  for (const blob of await listHeldBlobs(facts, [...letGo])) {
    if (links.kept.has(blob.digest) || blob.createdAt >= before.getTime()) continue;
    if (blob.trash.some((id) => !purged.trash.has(id))) continue;
    const isLinked = (id: number): boolean =>
      !purged.repositories.has(id) && links.byRepository.get(id)?.has(blob.digest) !== true;
    if (!blob.linking.some(isLinked)) sizes.set(blob.digest, blob.size);
  }
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return { blobs: sizes.size, bytes };
}
