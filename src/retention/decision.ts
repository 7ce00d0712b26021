/** What becomes of an image. `transition`: to the archive, which only ECR has. `untag`: it stays, some of its tags go. */
export type Outcome = 'keep' | 'expire' | 'transition' | 'untag';

export interface Decision {
  readonly digest: string;
  /** All it has now. */
  readonly tags: readonly string[];
  readonly decision: Outcome;
  /** The tags that go, of an image that stays. Empty unless the decision is `untag`. */
  readonly untag: readonly string[];
  /** The rule that decided; absent where none spoke of it. */
  readonly rule?: RuleName;
  /** One sentence for a person. */
  readonly reason: string;
  /** Why it stays although a rule would have it go, a sentence each. */
  readonly blockedBy: readonly string[];
  /** It goes only because this one goes: its subject, or the index it belongs to. */
  readonly follows?: string;
}

export interface RuleName {
  readonly priority: number;
  /** How its document calls it; `rule 1` where it has no name. */
  readonly name: string;
}
