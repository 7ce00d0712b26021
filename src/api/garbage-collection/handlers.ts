import type { CollectionProgress } from '../../gc/collection-figures.ts';
import type { CollectOptions, CollectReport } from '../../gc/collector.ts';
import { readCollectionState, roomWasMade, wantRoom } from '../../gc/pass-state.ts';
import { LEASES } from '../../jobs/lease-names.ts';
import type { HeldLease } from '../../jobs/leases.ts';
import { countYoungUnnamedBlobs, countYoungUntaggedManifests } from '../../metadata/young-garbage.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { progressLines } from '../progress-lines.ts';
import { collectGarbage, type CollectionReport } from './contract.ts';

type CollectionParts = Pick<
  AdminParts,
  'collector' | 'leases' | 'collection' | 'database' | 'trash' | 'now' | 'onFailure'
>;

export function garbageCollectionEndpoints(parts: CollectionParts): readonly Endpoint[] {
  return [
    linesEndpoint(collectGarbage, async ({ graceSeconds, ...wanted }, { signal }) => {
      // One that only looks is in nobody's way.
      const lease = wanted.dryRun ? NO_LEASE : await takeLease(parts, signal);
      const { collection } = parts;
      const options = { ...collection, ...wanted, graceSeconds: graceSeconds ?? collection.graceSeconds };
      let progress: Partial<CollectionProgress> = {};
      let told = (): void => undefined;
      // Begun at once: it has its lease, whether or not anybody reads a line of it.
      const running = collect(parts, options, {
        signal: AbortSignal.any([signal, lease.signal]),
        tell: (latest) => {
          progress = latest;
          told();
        },
      }).finally(() => lease.release());
      // Told by the last line; nobody hears of it who left before the first.
      running.catch(() => undefined);
      return progressLines<Partial<CollectionProgress>, never, CollectionReport>(
        (tell) => {
          told = () => tell.progress(progress);
          told();
          return running;
        },
        { ...parts, signal },
      );
    }),
  ];
}

const NO_LEASE: HeldLease = { signal: new AbortController().signal, release: async () => undefined };

/** One that runs by itself asks every second whether somebody waits, and then ends its stretch. */
const LONGEST_WAIT_MILLISECONDS = 20_000;
const LOOK_MILLISECONDS = 200;

/** @throws {ProblemError} somebody else's collection runs. */
async function takeLease({ leases, database, now }: CollectionParts, signal: AbortSignal): Promise<HeldLease> {
  let lease = await leases.take(LEASES.collection);
  if (lease !== undefined) return lease;
  const { pass } = await readCollectionState(database);
  if (pass?.isAsked === false) {
    await wantRoom(database, now());
    try {
      const until = performance.now() + LONGEST_WAIT_MILLISECONDS;
      while (lease === undefined && performance.now() < until && !signal.aborted) {
        await Bun.sleep(LOOK_MILLISECONDS);
        lease = await leases.take(LEASES.collection);
      }
    } finally {
      await roomWasMade(database);
    }
  }
  if (lease !== undefined) return lease;
  throw new ProblemError(
    409,
    'COLLECTION_RUNNING',
    'Garbage is being collected already, here or by another node; wait for its end.',
  );
}

/** Beside requests, what is kept is counted an eighth of the time. */
const REST_MILLISECONDS = 10;

async function collect(
  { collector, database, trash, now }: CollectionParts,
  options: CollectOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (progress: CollectionProgress) => void },
): Promise<CollectionReport> {
  const since = new Date(now().getTime() - options.graceSeconds * 1000);
  const report: CollectReport = await collector.collect(options, signal, tell);
  const manifests = options.deleteUntagged ? await countYoungUntaggedManifests(database, since) : 0;
  const { count: blobs, bytes } = await countYoungUnnamedBlobs(database, since, () =>
    Bun.sleep(collector.activity?.isBusy === true ? REST_MILLISECONDS : 0),
  );
  const { restorable } = await trash.totals();
  return {
    ...report,
    graceSeconds: options.graceSeconds,
    kept: { manifests, blobs, bytes },
    trash: { ...restorable },
  };
}
