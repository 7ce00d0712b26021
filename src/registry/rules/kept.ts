import type { Actor } from '../../metadata/actor.ts';
import type { Queryable } from '../../metadata/database.ts';
import { listDeletable, listNamingIndexes } from '../../metadata/deletable-manifests.ts';
import { listSubjects } from '../../metadata/subjects.ts';
import type { Digest } from '../../oci/digest.ts';
import type { RepositoryRules } from './repository-rules.ts';

/** Manifests that may be part of something that a rule protects. */
export interface AskedParts {
  readonly repositoryId: number;
  readonly digests: readonly Digest[];
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Why manifests stay though no rule names them: they are children of an index, or refer to a manifest (signatures, SBOMs),
 * that a rule protects, over however many steps. What refers to them by tag alone is not found here.
 *
 * One step at a time for all of them, and nothing at all where no rule protects anything.
 */
export async function whyPartsStay(
  db: Queryable,
  rules: RepositoryRules,
  { repositoryId, digests, actor, now }: AskedParts,
): Promise<ReadonlyMap<Digest, string>> {
  const reasons = new Map<Digest, string>();
  if (!rules.protectsAnything) return reasons;
  let partsByWhole = await wholesOf(db, repositoryId, new Map(digests.map((digest) => [digest, new Set([digest])])));
  const seen = new Set<string>();
  while (partsByWhole.size > 0) {
    const wholes = await listDeletable(db, repositoryId, [...partsByWhole.keys()]);
    for (const { digest, tags, pushedAt } of wholes) {
      const reason = rules.whyNotDelete({ digest, tags, pushedAt: new Date(pushedAt), actor, now });
      if (reason === undefined) continue;
      for (const part of partsByWhole.get(digest) ?? []) {
        if (!reasons.has(part)) reasons.set(part, `it belongs to ${digest}, and ${reason}`);
      }
    }
    // Referrers may refer to each other in a circle of a malicious client's making: each is looked at once for each part.
    const unseen = unseenOf(partsByWhole, seen);
    partsByWhole = await wholesOf(db, repositoryId, unseen);
  }
  return reasons;
}

type PartsByWhole = ReadonlyMap<Digest, ReadonlySet<Digest>>;

/** What names these manifests, or is referred to by them; the parts are handed on. */
async function wholesOf(db: Queryable, repositoryId: number, below: PartsByWhole): Promise<PartsByWhole> {
  const digests = [...below.keys()];
  if (digests.length === 0) return new Map();
  const indexes = await listNamingIndexes(db, repositoryId, digests);
  const subjects = await listSubjects(db, repositoryId, digests);
  const steps = [
    ...indexes.map(({ index, child }) => ({ whole: index, part: child })),
    ...subjects.map(({ digest, subject }) => ({ whole: subject, part: digest })),
  ];
  const partsByWhole = new Map<Digest, Set<Digest>>();
  for (const { whole, part } of steps) {
    const parts = partsByWhole.get(whole) ?? new Set<Digest>();
    for (const lower of below.get(part) ?? []) parts.add(lower);
    partsByWhole.set(whole, parts);
  }
  return partsByWhole;
}

function unseenOf(partsByWhole: PartsByWhole, seen: Set<string>): PartsByWhole {
  const unseen = new Map<Digest, ReadonlySet<Digest>>();
  for (const [whole, parts] of partsByWhole) {
    const fresh = new Set([...parts].filter((part) => !seen.has(`${whole} ${part}`)));
    for (const part of fresh) seen.add(`${whole} ${part}`);
    if (fresh.size > 0) unseen.set(whole, fresh);
  }
  return unseen;
}
