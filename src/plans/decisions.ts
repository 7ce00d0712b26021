import type { Queryable } from '../metadata/database.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import type { PolicyKind } from '../retention/document.ts';
import { readPolicy } from '../retention/read-policy.ts';
import { matchingRepositories, protectionsOf, type EvaluationOptions } from './evaluation.ts';
import type { PlannedPolicy } from './plan.ts';
import { choiceOf, decideByPolicy } from './policy-choice.ts';
import { removalOf } from './removal.ts';
import { viewRepository, type RepositoryView, type ViewedImage } from './repository-view.ts';

export interface DecisionOptions extends Pick<EvaluationOptions, 'rules' | 'actor' | 'asOf' | 'now' | 'signal'> {
  readonly policy: PlannedPolicy;
  /** Name of a repository: those behind it. Empty: all. */
  readonly after: string;
  /** The most images; of the last repository, all are looked at and as many as still fit are told. */
  readonly limit: number;
}

/** What becomes of one image, and why. */
export interface DecidedImage {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** With all its tags. */
  readonly goes: boolean;
  /** That go, of one that stays. */
  readonly goingTags: readonly string[];
  /** A sentence. */
  readonly reason: string;
  /** Why it stays although it was to go, a sentence each. */
  readonly blockedBy: readonly string[];
  readonly pushedAt: number;
  readonly pulledAt: number | null;
}

export interface Decisions {
  readonly images: readonly DecidedImage[];
  /** Where to go on; absent at the end. */
  readonly next?: string;
}

/**
 * Says of every image whether it goes, and why, as a plan would have it. Repositories by name; in each, what was pushed
 * last comes first.
 *
 * @throws {PolicyInvalidError} @throws {PatternInvalidError}
 */
export async function decideImages(facts: Queryable, options: DecisionOptions): Promise<Decisions> {
  const { policy, after, limit, signal } = options;
  const document = readPolicy(policy.kind as PolicyKind, policy.document);
  const patterns = policy.patterns.map(parseRepositoryPattern);
  const told: DecidedImage[] = [];
  for await (const repository of matchingRepositories(facts, { patterns, after }, signal)) {
    const view = await viewRepository(facts, repository, signal);
    const protections = protectionsOf(view, await options.rules.at(facts, repository.name), options);
    const question = { view, policy: document.policyFor(repository.name), protections, asOf: options.asOf };
    const decisions = await decideByPolicy(facts, question, signal);
    const removal = removalOf(view, choiceOf(decisions), protections);
    const reasons = new Map(decisions.map(({ digest, reason }) => [digest as Digest, reason]));
    told.push(...imagesOf(view, removal, reasons).slice(0, limit - told.length));
    if (told.length >= limit) return { images: told, next: repository.name };
  }
  return { images: told };
}

/** What was pushed last comes first. */
function imagesOf(
  view: RepositoryView,
  { manifests, tags, blocked }: ReturnType<typeof removalOf>,
  reasons: ReadonlyMap<Digest, string>,
): readonly DecidedImage[] {
  const going = new Map(manifests.map((removed) => [removed.image.digest, removed.reason.text]));
  const kept = new Map(blocked.map((one) => [one.image.digest, one]));
  const goingTags = Map.groupBy(tags, ({ image }) => image.digest);
  const decided = (image: ViewedImage): DecidedImage => {
    const { digest, pushedAt, pulledAt } = image;
    const gone = goingTags.get(digest) ?? [];
    const block = kept.get(digest);
    return {
      repository: view.repository.name,
      digest,
      tags: image.tags,
      goes: going.has(digest),
      goingTags: gone.map(({ tag }) => tag),
      reason: going.get(digest) ?? gone[0]?.reason.text ?? block?.reason.text ?? reasons.get(digest) ?? '',
      blockedBy: block?.blockedBy ?? [],
      pushedAt,
      pulledAt,
    };
  };
  return [...view.images.values()].sort((one, other) => other.pushedAt - one.pushedAt).map(decided);
}
