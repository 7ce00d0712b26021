import type { CollectOptions, CollectorParts } from './collector.ts';
import { foresee } from './foresee.ts';
import { countIdleUploads } from './idle-uploads.ts';
import { listLeftovers } from './leftovers.ts';
import { added, type Counts } from './phase.ts';

/** What a collection would do now. It changes nothing, and nobody waits for it. */
export async function foreseeAll(parts: CollectorParts, options: CollectOptions, signal: AbortSignal): Promise<Counts> {
  const { db, now } = parts;
  const time = now();
  const before = new Date(time.getTime() - options.graceSeconds * 1000);
  const { deleteUntagged, purge = false } = options;
  const wanted = { deleteUntagged, purge, before, now: time, signal };
  let counts = await db.snapshot((facts) => foresee(parts, facts, wanted));
  for await (const { size } of listLeftovers(parts, options.graceSeconds, async () => signal.throwIfAborted())) {
    counts = added(counts, { leftovers: 1, bytes: size });
  }
  return added(counts, { uploads: await countIdleUploads(parts, options.uploadIdleSeconds) });
}
