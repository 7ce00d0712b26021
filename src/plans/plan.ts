import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { Selection } from './selection.ts';

/** What a plan is made from; made from it again, when the plan is applied. */
export type PlanSource =
  | { readonly kind: 'selection'; readonly selection: Selection }
  | { readonly kind: 'policy'; readonly policy: PlannedPolicy };

/** A policy as it was when the plan was made. */
export interface PlannedPolicy {
  /** Of one that is not stored: absent. */
  readonly name?: string;
  readonly kind: string;
  readonly document: string;
  /** Of repositories. */
  readonly patterns: readonly string[];
}

/**
 * `chosen`: the source says so. `child`: only indexes that go name it. `referrer`: it is about something that goes: a
 * signature, a list of parts.
 */
export type Role = 'chosen' | 'child' | 'referrer';

/** One thing that goes, or that would go if nothing kept it. Times are RFC 3339. */
export interface PlanItem {
  readonly action: 'delete' | 'keep';
  /** `tag`: only its tags go; the manifest stays. */
  readonly kind: 'manifest' | 'tag';
  readonly role: Role;
  readonly repository: RepositoryName;
  readonly digest: Digest;
  /** All that go with it. */
  readonly tags: readonly Tag[];
  /** A sentence. */
  readonly reason: string;
  /** What it goes with: an index, or what it is about. */
  readonly follows?: Digest;
  /** Of a policy: what decided. */
  readonly rule?: { readonly priority: number; readonly name: string };
  /** Why it stays, a sentence each. */
  readonly blockedBy: readonly string[];
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Of the manifest and of the blobs it names itself, shared or not. Absent for what stays. */
  readonly bytes?: number;
  /** Absent: nobody knows. */
  readonly pushedAt?: string;
  readonly lastPull?: { readonly at: string; readonly by: string };
  /** Why it was left alone when the plan was applied. */
  readonly skipped?: string;
}

/** How much a plan deletes. */
export interface PlanSummary {
  readonly repositories: number;
  readonly manifests: number;
  /** Of those: chosen, children of indexes, and what refers to them. */
  readonly chosen: number;
  readonly children: number;
  readonly referrers: number;
  /** With their manifests, and alone. */
  readonly tags: number;
  /** What would go, and stays because something keeps it. */
  readonly blocked: number;
  /** That nothing else names, anywhere: freed when the time in the trash is over. */
  readonly freedBytes: number;
}

/** What became of a plan so far. */
export interface PlanResult {
  /** Of the last item that was dealt with; -1 before the first. */
  readonly position: number;
  readonly manifests: number;
  readonly tags: number;
  /** What was left alone, because it had changed. */
  readonly kept: number;
}

/** What is the same of two plans that delete the same. */
export function canonicalLine({ kind, repository, digest, tags }: PlanItem): string {
  return `${kind} ${repository} ${digest} ${tags.toSorted().join(' ')}\n`;
}
