/** A test of an official suite that may be skipped, and why nothing is lost by it. */
interface AllowedSkip {
  /** The end of the test's name. */
  readonly test: string;
  readonly reason: string;
}

const MUTUALLY_EXCLUSIVE = 'Of each such pair the suite skips one, by what the registry answered before:';

/** Any other skip is a failure: it means that the registry lacks something, or that a switch is off. */
export const ALLOWED_SKIPS: readonly AllowedSkip[] = [
  {
    test: 'Get tag name from environment',
    reason: 'It is for registries that cannot be pushed to. Here the suite pushes what it then pulls.',
  },
  {
    test: 'Populate registry with test tags (no push)',
    reason: 'It is for registries that cannot be pushed to. Here the suite pushes the tags it then lists.',
  },
  {
    test: 'Cross-mounting of nonexistent blob should yield session id',
    reason: `${MUTUALLY_EXCLUSIVE} this one follows a mount that was declined, and ours succeeds.`,
  },
  {
    test: 'Cross-mounting without from, and automatic content discovery disabled should return a 202',
    reason: `${MUTUALLY_EXCLUSIVE} this one is for registries that mount nothing unless told from where; we find it.`,
  },
];

/** Why a test may be skipped; `undefined` when it may not. */
export function allowedSkip(name: string): string | undefined {
  return ALLOWED_SKIPS.find(({ test }) => name.trim().endsWith(test))?.reason;
}
