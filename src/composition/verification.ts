import type { Config } from '../config.ts';
import type { VerificationParts } from '../verification/finding.ts';
import type { Content } from './content.ts';

/** The shortest time between the last byte of a copy and the fact that names it, in seconds: see gc/leftovers.ts. */
const SHORTEST_LEFTOVER_SECONDS = 60;

/** What verification and the scrub look at. */
export function verificationOf(
  { gc, manifests }: Config,
  { db, store, uploads, moving }: Pick<Content, 'db' | 'store' | 'uploads' | 'moving'>,
  now: () => Date,
): VerificationParts {
  return {
    db,
    store,
    now,
    rules: manifests,
    leftoverSeconds: () => Math.max(gc.graceSeconds, SHORTEST_LEFTOVER_SECONDS) + uploads.longestCommitSeconds,
    onRepaired: (repository) => moving.cache.forget(repository),
  };
}
