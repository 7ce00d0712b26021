import { PatternInvalidError, type TextTest } from './pattern.ts';
import type { PolicyProblem } from './problem.ts';

/** Patterns turned into tests; those that cannot be are problems, at their path. */
export class Patterns {
  readonly problems: PolicyProblem[] = [];

  compile(make: (pattern: string) => TextTest, pattern: string, path: string): TextTest {
    try {
      return make(pattern);
    } catch (error) {
      if (!(error instanceof PatternInvalidError)) throw error;
      this.problems.push({ path, message: error.message });
      return () => false;
    }
  }
}
