import type { RuleName } from './decision.ts';
import type { Image } from './image.ts';

/** A policy for one repository, read and ready to be evaluated as often as one likes. */
export type Policy = RulePolicy | PipelinePolicy;

/** What all policies say. */
interface PolicyBase {
  /** `tag`: every tag is decided alone, with the times of its image. */
  readonly unit: 'image' | 'tag';
  readonly belongings: Belongings;
  /**
   * Of an image that lost all its tags because each was decided alone: milliseconds since its push after which it goes
   * itself. Absent: it stays, untagged.
   */
  readonly untaggedGoAfter?: number;
}

/**
 * How what belongs to other images is treated.
 *
 * - `ecr`: a referrer is outside all rules and follows its subject; a child of an index that is there, even of one that
 *   goes, is counted and stays; tags of cosign are tags.
 * - `attached`: untagged children and referrers, and images that have only digest tags (`sha256-….sig`), are outside all
 *   rules; they go when all they belong to goes. No child of what stays ever goes.
 * - `counted`: the same, but untagged children are selected and counted like others.
 */
export type Belongings = 'ecr' | 'attached' | 'counted';

/**
 * `ecr`: for each image, the first rule that selects it decides. `keep-wins`: what an `expire` rule marks goes, unless a
 * `keep` rule keeps it.
 */
export interface RulePolicy extends PolicyBase {
  readonly mode: 'ecr' | 'keep-wins';
  readonly rules: readonly Rule[];
  /** What becomes of an image that no rule keeps or marks, in mode `keep-wins`. */
  readonly otherwise: 'keep' | 'expire';
  /** `first`: an image belongs to the first rule that selects it, and is counted by no other. */
  readonly assign: 'every' | 'first';
}

export interface Rule extends RuleName {
  readonly action: 'keep' | 'expire' | 'transition' | 'untag';
  /** @param now milliseconds. */
  readonly selects: (image: Image, now: number) => boolean;
  /**
   * `keep`: what is inside one of them is kept; everything, where there is none. Others: what is outside of all of them
   * is marked; everything, where there is none.
   */
  readonly limits: readonly Limit[];
  /** Of an `untag` rule: the tags that go. */
  readonly tagsToRemove?: (image: Image) => readonly string[];
}

/** The part of a selection that is young, small or new enough. */
export type Limit =
  | { readonly type: 'newest'; readonly count: number; readonly orderBy: OrderKey }
  | { readonly type: 'totalSize'; readonly bytes: number; readonly orderBy: OrderKey }
  | {
      readonly type: 'age';
      readonly milliseconds: number;
      readonly since: AgeKey;
      /** What is exactly that old is outside too. */
      readonly isExclusive?: boolean;
    };

/** `push`: or the return from the archive. `pull`: never pulled is oldest. `active`: the later of push and pull. */
export type OrderKey = 'push' | 'pull' | 'active' | 'created' | 'semver';

/** `use`: the last pull, else the return from the archive, else the push. `pull`: never pulled is infinitely old. */
export type AgeKey = 'push' | 'pull' | 'use' | 'active' | 'untag' | 'transition' | 'created';

/** Candidates pass through steps that drop some; what comes out at the end goes. */
export interface PipelinePolicy extends PolicyBase {
  readonly mode: 'pipeline';
  readonly pipelines: readonly Pipeline[];
}

export interface Pipeline extends RuleName {
  /** @param now milliseconds. */
  readonly selects: (image: Image, now: number) => boolean;
  readonly steps: readonly Step[];
}

export type Step =
  /** Drops some; `because` completes "it stays: …". */
  | { readonly drops: (image: Image) => boolean; readonly because: string }
  /** Drops what is inside. */
  | { readonly dropsInside: Limit }
  /** Lets only so many through, the oldest. */
  | { readonly oldest: number; readonly orderBy: OrderKey };

/** Of a repository that a document does not speak of. */
export const KEEP_EVERYTHING: Policy = {
  mode: 'keep-wins',
  unit: 'image',
  belongings: 'attached',
  rules: [],
  otherwise: 'keep',
  assign: 'every',
};
