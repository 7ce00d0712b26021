import type { CollectOptions, CollectReport } from '../../gc/collector.ts';
import { LEASES } from '../../jobs/lease-names.ts';
import { countYoungUnnamedBlobs, countYoungUntaggedManifests } from '../../metadata/young-garbage.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { progressLines } from '../progress-lines.ts';
import { collectGarbage, type CollectionReport } from './contract.ts';

type CollectionParts = Pick<AdminParts, 'collector' | 'leases' | 'collection' | 'database' | 'now' | 'onFailure'>;

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
      const running = collect(parts, options, AbortSignal.any([signal, lease.signal])).finally(() => lease.release());
      return progressLines<object, never, CollectionReport>(
        (tell) => {
          tell.progress({});
          return running;
        },
        { ...parts, signal },
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
