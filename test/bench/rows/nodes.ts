import { randomBlob } from '../../support/image.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { S3Server } from '../../support/s3-server.ts';
import { missingHaproxy, missingPostgres, missingS3, startS3 } from '../backends.ts';
import { generate } from '../load/generator.ts';
import type { PushImages } from '../load/push-images.ts';
import { CONNECTIONS, countRequests } from '../load/wrk.ts';
import { cpuSeconds, familyCpuSeconds, machineBusySeconds } from '../process-figures.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { havre } from '../servers/havre.ts';
import { startNodes, type NodesOptions, type RegistryNodes } from '../servers/registry-nodes.ts';
import { manifestUrl, pushTypicalImage } from '../typical-image.ts';
import { format, medianOf } from '../verdict.ts';

const COUNTS = [1, 2, 3];
/** Of a blob that is pulled: a layer of a small service. */
const BLOB_BYTES = 256 << 10;
/** What a second and a third node may cost of each second of CPU: waiting for each other, and colder caches. */
const KEPT = 0.8;
/** That push, for each node. */
const CLIENTS = 8;
const HEADERS = { Accept: 'application/vnd.oci.image.manifest.v1+json' };
const BY_TAG = 'GET manifest by tag';
const BLOB = 'GET blob of 256 KiB';
const PUSH = 'push small images';

export const nodes: Row = {
  name: 'nodes',
  title: 'Pull and push through 1, 2 and 3 nodes on PostgreSQL and S3, behind haproxy',
  missing: () => missingPostgres() ?? missingS3() ?? missingHaproxy(),
  async measure(bench) {
    const samples = new Samples();
    await using postgres = await PostgresServer.start({ isDurable: true });
    await using s3 = await startS3();
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const options of await registries(bench, { postgres, s3, repetition })) {
        bench.progress(`${options.name}, ${repetition} of ${bench.repetitions}`);
        const registry = await startNodes(bench, options);
        try {
          await sample({ bench, registry, postgres, s3, samples });
        } finally {
          await registry.stop();
        }
      }
    }
    const figures = samples.figures();
    return { figures, verdicts: [BY_TAG, BLOB, PUSH].flatMap((work) => verdictsOf(figures, work)) };
  },
};

interface Run {
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly repetition: number;
}

/** Each on a database and a prefix of its own; of the peers, those that can keep images in S3, as one node. */
async function registries(bench: Bench, { postgres, s3, repetition }: Run): Promise<NodesOptions[]> {
  const ours = COUNTS.map(async (count) => {
    const own = `nodes-${count}-${repetition}`;
    const objects = { server: s3, prefix: own };
    const databaseUrl = await postgres.createDatabase(own);
    return { name: column(count), contender: havre, count, objects, databaseUrl };
  });
  const peers = bench.contenders.filter(({ name }) => name === 'docker-registry');
  return [
    ...(await Promise.all(ours)),
    ...peers.map((contender) => {
      const objects = { server: s3, prefix: `${contender.name}-${repetition}` };
      return { name: `${contender.name}, 1 node`, contender, count: 1, objects };
    }),
  ];
}

function column(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}

interface Sampling {
  readonly bench: Bench;
  readonly registry: RegistryNodes;
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly samples: Samples;
}

async function sample(sampling: Sampling): Promise<void> {
  const { bench, registry } = sampling;
  const seconds = bench.quick ? 1 : 5;
  await pushTypicalImage(registry);
  const blob = randomBlob(BLOB_BYTES);
  await new RegistryClient(registry).pushBlob('team/app', blob);
  // Each node has as many clients as one alone: with fewer it has fewer to answer together, and each costs it more.
  const count = registry.pids.length;
  const connections = CONNECTIONS * count;
  const pull = (url: string) => () => countRequests({ url, headers: HEADERS, seconds, connections });
  const push = (images: number) => async () => {
    const task: PushImages = {
      target: targetOf(registry),
      images,
      clients: CLIENTS * count,
      repositories: 50,
      layers: 5,
    };
    await generate('./push-images.ts', task);
    return images;
  };
  const images = bench.quick ? 20 : 500;
  const byTag = pull(manifestUrl(registry.url));
  const ofBlob = pull(`${registry.url}/v2/team/app/blobs/${blob.digest}`);
  // What a process does for the first time is slow, and three of them do it three times: that is not what is asked about.
  for (const warmUp of [byTag, ofBlob, push(images / 5)]) await warmUp();
  await observe(sampling, { work: BY_TAG, unit: 'requests' }, byTag);
  await observe(sampling, { work: BLOB, unit: 'requests' }, ofBlob);
  await observe(sampling, { work: PUSH, unit: 'images' }, push(images));
}

/** A second of work: how much was done, by whose CPU. */
async function observe(
  { registry, postgres, s3, samples }: Sampling,
  { work, unit }: { work: string; unit: 'requests' | 'images' },
  act: () => Promise<number>,
): Promise<void> {
  const readings = (): number[] => [
    registry.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    familyCpuSeconds(postgres.pid),
    familyCpuSeconds(s3.pid),
    machineBusySeconds(),
  ];
  const before = readings();
  const began = performance.now();
  const done = await act();
  const seconds = (performance.now() - began) / 1000;
  const [ours = 0, database = 0, objects = 0, machine = 0] = readings().map(
    (after, place) => after - (before[place] ?? 0),
  );
  const add = (quantity: string, of: Figure['unit'], value: number): void =>
    samples.add(registry.name, `${work}: ${quantity}`, of, value);
  add('all', `${unit}/s`, done / seconds);
  add('per CPU second of the nodes', `${unit}/CPU s`, done / ours);
  add('per CPU second of nodes and PostgreSQL', `${unit}/CPU s`, done / (ours + database));
  add('the nodes', 'cores', ours / seconds);
  add('PostgreSQL', 'cores', database / seconds);
  add('S3', 'cores', objects / seconds);
  add('the whole machine', 'cores', machine / seconds);
}

/** More nodes on one machine cannot do more than its cores; but what each second of CPU does must not sink. */
function verdictsOf(figures: readonly Figure[], work: string): Verdict[] {
  const quantity = `${work}: per CPU second of the nodes`;
  const alone = medianOf(figures, quantity, column(1)) ?? Number.NaN;
  return COUNTS.filter((count) => count > 1).map((count) => {
    const ratio = (medianOf(figures, quantity, column(count)) ?? Number.NaN) / alone;
    const target = `${quantity}, ${column(count)}: at least ${KEPT}× one`;
    return { target, value: `${format(ratio)}×`, reached: ratio >= KEPT };
  });
}

function targetOf({ url, authorization }: RegistryNodes): PushImages['target'] {
  return { url, ...(authorization !== undefined && { authorization }) };
}
