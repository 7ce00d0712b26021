/** One thing that was looked at, and how it went. */
export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
}

/** What one suite found, in the order it found it. */
export class Report {
  readonly suite: string;
  readonly outcomes: Outcome[] = [];

  constructor(suite: string) {
    this.suite = suite;
  }

  /** Does one check. An error is its failure; those after it are done all the same. @returns whether it passed. */
  async check(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.outcomes.push({ name, result: 'passed' });
      return true;
    } catch (error) {
      this.outcomes.push({ name, result: 'failed', reason: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  count(result: Outcome['result']): number {
    return this.outcomes.filter((outcome) => outcome.result === result).length;
  }
}
