import type { Queryable } from '../metadata/database.ts';
import { listDeletable, listNamingIndexes } from '../metadata/deletable-manifests.ts';
import { listEdges } from '../metadata/edges-of-manifest.ts';
import { listReferringTo } from '../metadata/garbage-cascade.ts';
import { listSubjects } from '../metadata/subjects.ts';
import { listTagsThatBegin } from '../metadata/tags-that-begin.ts';
import { digestTagBeginning } from '../oci/digest-tag.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';

/** How a manifest came to be on the list. */
export type CascadeReason = 'asked' | 'child' | 'referrer' | 'signature';

export interface CascadedManifest {
  readonly digest: Digest;
  readonly reason: CascadeReason;
  /** All its tags, which go with it. */
  readonly tags: readonly Tag[];
  /** What it goes with; absent for what was asked for. */
  readonly with?: Digest;
}

interface Candidate {
  readonly digest: Digest;
  readonly reason: Exclude<CascadeReason, 'asked'>;
  readonly with: Digest;
  /** The tag by which it says whose signature it is. */
  readonly tag?: Tag;
}

/**
 * What makes no sense any more without this manifest, and goes with it: children of an index that nothing else keeps, what
 * refers to it, and what the tags of clients without the referrers API, and of cosign, say of it; and what goes with those
 * in turn. First of all the manifest itself; empty when it is not there.
 */
export async function cascadeOf(
  db: Queryable,
  repositoryId: number,
  digest: Digest,
): Promise<readonly CascadedManifest[]> {
  const [asked] = await listDeletable(db, repositoryId, [digest]);
  if (asked === undefined) return [];
  const going = new Map<Digest, CascadedManifest>([[digest, { digest, reason: 'asked', tags: asked.tags }]]);
  // Until a round finds nothing: what two of them keep together goes when the second one does.
  let candidates = await belongingTo(db, repositoryId, [digest]);
  while (candidates.length > 0) {
    const fresh = await withoutOtherKeepers(db, repositoryId, { candidates, going });
    if (fresh.length === 0) break;
    for (const one of fresh) going.set(one.digest, one);
    const found = await belongingTo(
      db,
      repositoryId,
      fresh.map((one) => one.digest),
    );
    candidates = [...candidates, ...found].filter((one) => !going.has(one.digest));
  }
  return [...going.values()];
}

async function belongingTo(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const digest of digests) {
    for (const edge of await listEdges(db, repositoryId, digest)) {
      if (edge.kind === 'manifest') found.push({ digest: edge.digest, reason: 'child', with: digest });
    }
    for (const referrer of await listReferringTo(db, repositoryId, [digest])) {
      found.push({ digest: referrer, reason: 'referrer', with: digest });
    }
    for (const { tag, digest: signature } of await listTagsThatBegin(db, repositoryId, digestTagBeginning(digest))) {
      found.push({ digest: signature, reason: 'signature', with: digest, tag });
    }
  }
  return found;
}

interface Round {
  readonly candidates: readonly Candidate[];
  readonly going: ReadonlyMap<Digest, CascadedManifest>;
}

/** Those that no tag for people, no index and no subject keeps which stays. */
async function withoutOtherKeepers(
  db: Queryable,
  repositoryId: number,
  { candidates, going }: Round,
): Promise<readonly CascadedManifest[]> {
  const digests = [...new Set(candidates.map(({ digest }) => digest))];
  const live = await listDeletable(db, repositoryId, digests);
  const indexes = Map.groupBy(await listNamingIndexes(db, repositoryId, digests), ({ child }) => child);
  const subjects = new Map(
    (await listSubjects(db, repositoryId, digests)).map(({ digest, subject }) => [digest, subject]),
  );
  const fresh: CascadedManifest[] = [];
  for (const { digest, tags } of live) {
    const own = candidates.filter((candidate) => candidate.digest === digest);
    const [first] = own;
    const ownTags = new Set(own.flatMap(({ tag }) => (tag === undefined ? [] : [tag])));
    const subject = subjects.get(digest);
    const isKept =
      tags.some((tag) => !ownTags.has(tag)) ||
      (indexes.get(digest) ?? []).some(({ index }) => !going.has(index)) ||
      (subject !== undefined && !going.has(subject));
    if (!isKept && first !== undefined) fresh.push({ digest, tags, reason: first.reason, with: first.with });
  }
  return fresh;
}
