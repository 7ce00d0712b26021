import type { CollectOptions, CollectReport } from '../../gc/collector.ts';
import { LEASES } from '../../jobs/lease-names.ts';
import { countYoungUnnamedBlobs, countYoungUntaggedManifests } from '../../metadata/young-garbage.ts';
import { asProblem } from '../account-problem.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { problemOf, ProblemError } from '../problem.ts';
import { collectGarbage, type CollectionLine, type CollectionReport } from './contract.ts';

type CollectionParts = Pick<AdminParts, 'collector' | 'leases' | 'collection' | 'database' | 'now' | 'onFailure'>;

const PROGRESS_MILLISECONDS = 1000;

export function garbageCollectionEndpoints(parts: CollectionParts): readonly Endpoint[] {
  return [
    linesEndpoint(collectGarbage, async ({ dryRun, deleteUntagged, graceSeconds }, { signal }) => {
      const lease = await parts.leases.take(LEASES.collection);
      if (lease === undefined) {
        throw new ProblemError(
          409,
          'COLLECTION_RUNNING',
          'Garbage is being collected already, here or by another node; wait for its end.',
        );
      }
      const { collection } = parts;
      const options = { ...collection, dryRun, deleteUntagged, graceSeconds: graceSeconds ?? collection.graceSeconds };
      const running = collect(parts, options, AbortSignal.any([signal, lease.signal]));
      return linesOf(
        running.finally(() => lease.release()),
        parts,
        signal,
      );
    }),
  ];
}

async function collect(
  { collector, database, now }: CollectionParts,
  options: CollectOptions,
  signal: AbortSignal,
): Promise<CollectionReport> {
  const since = new Date(now().getTime() - options.graceSeconds * 1000);
  const report: CollectReport = await collector.collect(options, signal);
  const manifests = options.deleteUntagged ? await countYoungUntaggedManifests(database, since) : 0;
  const { count: blobs, bytes } = await countYoungUnnamedBlobs(database, since);
  return { ...report, graceSeconds: options.graceSeconds, kept: { manifests, blobs, bytes } };
}

/** Ends only when the work has: whoever stops reading waits for that. */
async function* linesOf(
  running: Promise<CollectionReport>,
  { onFailure, now }: CollectionParts,
  signal: AbortSignal,
): AsyncGenerator<CollectionLine, void> {
  const startedAt = now().getTime();
  const outcome = running.then(
    (report): CollectionLine => ({ event: 'done', report }),
    (error: unknown): CollectionLine | undefined => {
      if (signal.aborted) return undefined;
      onFailure(error);
      return { event: 'failed', problem: problemOf(asProblem(error)) };
    },
  );
  try {
    while (!(await isSettled(outcome))) {
      yield { event: 'progress', elapsedSeconds: (now().getTime() - startedAt) / 1000 };
    }
    const line = await outcome;
    if (line !== undefined) yield line;
  } finally {
    await outcome;
  }
}

/** Waits for it, but no longer than until it is time to say something. */
async function isSettled(outcome: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, PROGRESS_MILLISECONDS, false);
  void outcome.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
