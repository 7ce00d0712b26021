/**
 * The configuration cannot be used. The program says every problem and stops: a registry that guesses what its
 * operator meant stores images in the wrong place, or opens a door.
 */
export class ConfigError extends Error {
  /** One sentence each, all of them at once, so that one restart is enough. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
