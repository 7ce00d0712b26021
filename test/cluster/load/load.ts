import { brokenPromises } from '../../faults/held-to-its-word.ts';
import { eventually } from '../../support/eventually.ts';
import { imageOf, randomBlob } from '../../support/image.ts';
import { Random } from '../../support/random.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Cluster } from '../cluster.ts';
import { LoadClient, type SharedLayers } from './load-client.ts';
import { LoadEndedError, Watch, WatchedClient } from './watch.ts';

const CLIENTS = 6;
/** Of garbage collection while pushes go on: longer than any push here takes. Seconds. */
const GRACE_SECONDS = 60;
const BETWEEN_COLLECTIONS = 2000;
const PROGRESS_SECONDS = 60;

/** Pushes, pulls, moved tags, deletes, mounts and garbage collection through the balancer, all at the same time. */
export class Load {
  readonly watch: Watch;
  readonly #cluster: Cluster;
  readonly #clients: readonly LoadClient[];
  readonly #work: Promise<unknown>;

  private constructor(cluster: Cluster, shared: SharedLayers, seed: number) {
    this.#cluster = cluster;
    this.watch = new Watch(cluster.balancer === 'nginx');
    const random = new Random(seed);
    this.#clients = Array.from({ length: CLIENTS }, (_, number) => {
      const client = new WatchedClient(cluster, this.watch);
      const own = new Random(random.between(0, 2 ** 31));
      const repository = `load/client-${number}`;
      return new LoadClient({ repository, client, watch: this.watch, random: own, shared });
    });
    this.#work = Promise.all([...this.#clients.map((client) => client.work()), this.#collectGarbage()]);
    // Whoever waits for progress gets to see it.
    this.#work.catch((error: unknown) => this.watch.complain(String(error)));
  }

  /** @param seed the same for the same decisions, as far as answers come in the same order. */
  static async start(cluster: Cluster, seed: number): Promise<Load> {
    const shared: SharedLayers = {
      repository: 'load/shared',
      layers: [randomBlob(90_000), randomBlob(10), randomBlob(2_000_000)],
    };
    await new RegistryClient(cluster).pushImage(shared.repository, imageOf(shared.layers), 'base');
    return new Load(cluster, shared, seed);
  }

  /** Waits until so many more requests were answered. */
  async progress(requests: number): Promise<void> {
    const enough = this.watch.acknowledged + requests;
    await eventually(
      `${requests} more requests are answered`,
      () => {
        if (this.watch.acknowledged < enough) throw new Error(`${enough - this.watch.acknowledged} are missing`);
      },
      PROGRESS_SECONDS,
    );
  }

  /** Waits until so many requests in a row were answered, of all clients together. */
  async progressWithoutFailure(requests: number): Promise<void> {
    const { watch } = this;
    let failures = -1;
    let enough = 0;
    await eventually(
      `${requests} requests in a row are answered`,
      () => {
        if (failures !== watch.failures.length) enough = watch.acknowledged + requests;
        failures = watch.failures.length;
        if (watch.acknowledged < enough) throw new Error(`${enough - watch.acknowledged} are missing`);
      },
      PROGRESS_SECONDS,
    );
  }

  /** Ends it. @returns one sentence for each promise that was broken. */
  async end(): Promise<string[]> {
    this.watch.end();
    await this.#work;
    const client = new RegistryClient(this.#cluster);
    const broken: string[] = [];
    for (const witness of this.#clients) broken.push(...(await brokenPromises(client, witness)));
    return broken;
  }

  async #collectGarbage(): Promise<void> {
    const client = new WatchedClient(this.#cluster, this.watch);
    const body = new TextEncoder().encode(JSON.stringify({ graceSeconds: GRACE_SECONDS }));
    const headers = { 'content-type': 'application/json' };
    while (!this.watch.isEnded) {
      const since = Date.now();
      try {
        const reply = await client.send('POST', '/api/v1/garbage-collection', { body, headers });
        const text = await reply.text();
        if (text.includes('"event":"failed"')) this.watch.failed(`garbage collection: ${text}`, since);
        // Another node is still at it: that is one answer of many nodes to being asked at the same time.
        if (reply.status !== 200 && reply.status !== 409)
          this.watch.complain(`garbage collection: ${reply.status} ${text}`);
      } catch (error) {
        if (error instanceof LoadEndedError) return;
      }
      await Bun.sleep(BETWEEN_COLLECTIONS);
    }
  }
}
