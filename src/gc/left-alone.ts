import type { Queryable } from '../metadata/database.ts';
import {
  listJudged,
  listNamed,
  listNaming,
  listReferringTo,
  type JudgedManifest,
} from '../metadata/garbage-cascade.ts';
import type { Digest } from '../oci/digest.ts';

export interface GoingTogether {
  readonly repositoryId: number;
  /** Manifests that go. */
  readonly going: readonly Digest[];
  /** Whether another one may go when nothing needs it any more: it is old enough, and nothing protects it. */
  readonly mayGo: (manifest: JudgedManifest) => boolean;
}

/**
 * What only manifests keep that go: children of indexes, and what refers to them, through any depth.
 *
 * @returns all that goes, those that were given first.
 */
export async function withThoseLeftAlone(
  facts: Queryable,
  { repositoryId, going, mayGo }: GoingTogether,
): Promise<ReadonlySet<Digest>> {
  const gone = new Set(going);
  /** Left alone by one that goes, and kept by others so far. */
  const pending = new Map<Digest, Candidate>();
  let latest: readonly Digest[] = going;
  while (latest.length > 0) {
    const related = new Set([
      ...(await listNamed(facts, repositoryId, latest)),
      ...(await listReferringTo(facts, repositoryId, latest)),
    ]);
    const unknown = [...related].filter((digest) => !gone.has(digest) && !pending.has(digest));
    for (const candidate of await candidatesAmong(facts, repositoryId, unknown)) {
      if (!candidate.isTagged && mayGo(candidate)) pending.set(candidate.digest, candidate);
    }
    latest = [...pending.values()].filter((candidate) => !isKept(candidate, gone)).map(({ digest }) => digest);
    for (const digest of latest) {
      pending.delete(digest);
      gone.add(digest);
    }
  }
  return gone;
}

interface Candidate extends JudgedManifest {
  /** Indexes. */
  readonly namedBy: readonly Digest[];
  readonly isSubjectHere: boolean;
}

async function candidatesAmong(
  facts: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly Candidate[]> {
  const judged = await listJudged(facts, repositoryId, digests);
  const naming = await listNaming(
    facts,
    repositoryId,
    judged.map(({ digest }) => digest),
  );
  const subjects = judged.map(({ subject }) => subject).filter((subject) => subject !== null);
  const here = new Set((await listJudged(facts, repositoryId, subjects)).map(({ digest }) => digest));
  return judged.map((manifest) => ({
    ...manifest,
    namedBy: naming.get(manifest.digest) ?? [],
    isSubjectHere: manifest.subject !== null && here.has(manifest.subject),
  }));
}

function isKept({ namedBy, subject, isSubjectHere }: Candidate, gone: ReadonlySet<Digest>): boolean {
  if (namedBy.some((index) => !gone.has(index))) return true;
  return isSubjectHere && subject !== null && !gone.has(subject);
}
