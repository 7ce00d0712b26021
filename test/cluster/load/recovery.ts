import { expect } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { imageOf, randomBlob } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Cluster } from '../cluster.ts';
import type { Load } from './load.ts';

/** More than any node needs to notice that what it had lost is there again. */
const RECOVERY_SECONDS = 60;
/** Answers of the load before and after a fault, and while it lasts: enough of each kind of request. */
export const SOME_REQUESTS = 100;

export interface Fault {
  readonly name: string;
  readonly cluster: Cluster;
  readonly load: Load;
  /** Breaks something. */
  readonly inject: () => Promise<void>;
  /** What has to be so while it is broken. */
  readonly during: () => Promise<void>;
  /** Mends it. Recovery counts from here, or from the beginning where the fault heals by itself. */
  readonly mend: () => Promise<void>;
}

/**
 * One fault under load, from a calm cluster to a calm cluster. Prints how long it took to recover: until every node did
 * its work again and the last request had failed, counted from when things were mended.
 */
export async function suffer({ name, cluster, load, inject, during, mend }: Fault): Promise<void> {
  await load.progress(SOME_REQUESTS);
  const failuresBefore = load.watch.failures.length;
  const complaintsBefore = load.watch.complaints.length;
  load.watch.breakIt();
  const broken = Date.now();
  await inject();
  const what = await during().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const mended = Date.now();
  // Also where what had to be so was not: what comes next is another story.
  await mend();
  if (what !== undefined) throw what.error;
  await untilWell(cluster);
  const well = Date.now();
  await load.progressWithoutFailure(SOME_REQUESTS);
  load.watch.calm();
  const failures = load.watch.failures.slice(failuresBefore);
  const last = failures.at(-1)?.at ?? broken;
  console.log(
    `recovered in ${seconds(mended, Math.max(well, last))} s: ${name} (broken for ${seconds(broken, mended)} s; ` +
      `${failures.length} requests failed, the last ${seconds(broken, last)} s after it began)`,
  );
  await load.progress(SOME_REQUESTS);
  expect(load.watch.complaints.slice(complaintsBefore)).toEqual([]);
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1);
}

/** Every node is ready and does its work, asked directly, and the balancer sends nobody into the void. */
export async function untilWell(cluster: Cluster): Promise<void> {
  const client = new RegistryClient(cluster);
  await eventually(
    'the balancer finds a node for every request',
    async () => {
      for (let round = 0; round < 2 * cluster.nodes.length; round += 1) {
        await (await client.expect(200, 'GET', '/v2/')).arrayBuffer();
      }
    },
    RECOVERY_SECONDS,
    0.1,
  );
  await Promise.all(
    cluster.nodes.map((node, place) =>
      eventually(
        `${node.name} is well`,
        async () => {
          expect(await node.readiness()).toBe(200);
          const client = new RegistryClient({ url: node.url, authorization: cluster.authorization });
          const image = imageOf([randomBlob(1000)]);
          await client.pushImage(`probe/${place}`, image, 'now');
          expect(await client.pullManifest(`probe/${place}`, 'now')).toEqual(image.manifest.bytes);
        },
        RECOVERY_SECONDS,
        0.1,
      ),
    ),
  );
}

/** Waits until each node's `/readyz` says what is expected of it; `red` is anything but 200. */
export async function untilReadiness(cluster: Cluster, expected: readonly ('green' | 'red')[]): Promise<void> {
  await eventually(
    `the nodes are ${expected.join(', ')}`,
    async () => {
      const found = await Promise.all(cluster.nodes.map((node) => node.readiness()));
      expect(found.map((status) => (status === 200 ? 'green' : 'red'))).toEqual([...expected]);
    },
    RECOVERY_SECONDS,
    0.1,
  );
}
