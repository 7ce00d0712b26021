/** One thing that is wrong with a document, or odd. */
export interface PolicyProblem {
  /** Where: `rules[1].selection.countNumber`; empty for the whole. */
  readonly path: string;
  /** A sentence that says what is wrong and what would be right. */
  readonly message: string;
}

/** A document that cannot be a policy. It says everything that is wrong, not just the first. */
export class PolicyInvalidError extends Error {
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'));
    this.name = 'PolicyInvalidError';
    this.problems = problems;
  }
}
