import type { Policy } from './policy.ts';
import type { PolicyProblem } from './problem.ts';

/** What a policy may be written in. */
export const POLICY_KINDS = ['native', 'ecr', 'harbor', 'zot', 'google', 'gitlab', 'acr', 'ghcr'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** A document that was read and found right. */
export interface PolicyDocument {
  /** `KEEP_EVERYTHING` for a repository that the document does not speak of. */
  readonly policyFor: (repository: string) => Policy;
  /** Odd, but not wrong. */
  readonly warnings: readonly PolicyProblem[];
}
