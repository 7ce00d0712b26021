import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { imageOf, randomBlob, type Image } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { runsHere } from '../support/required.ts';
import { Cluster } from './cluster.ts';
import { Load } from './load/load.ts';
import { RealClients } from './load/real-clients.ts';
import { suffer, untilReadiness, SOME_REQUESTS, type Fault } from './load/recovery.ts';
import { LongUpload } from './load/long-upload.ts';
import { mayMakeNetworks } from './network.ts';
import { isInstalled } from './installed.ts';

setDefaultTimeout(180_000);

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);

const hasPrograms = runsHere('postgres', isInstalled('postgres'), 'three nodes and their faults');
const hasStorage = runsHere('s3', isInstalled('s3'), 'three nodes and their faults');
const hasNetworks = runsHere('network', await mayMakeNetworks(), 'three nodes and their faults');

/** Short, so that what is lost is noticed soon; docs/operations.md says what they cost. Seconds. */
const TIMEOUTS = {
  HAVRE_DATABASE_CONNECT_TIMEOUT_SECONDS: '2',
  HAVRE_DATABASE_STATEMENT_TIMEOUT_SECONDS: '5',
  // Twice what haproxy needs to notice.
  HAVRE_HTTP_LEAVE_SECONDS: '2',
};

describe.skipIf(!hasPrograms || !hasStorage || !hasNetworks)(`three nodes under load (FAULT_SEED=${seed})`, () => {
  const stack = new AsyncDisposableStack();
  let cluster: Cluster;
  let load: Load;
  let clients: RealClients;
  let known: Image;
  let hasEnded = false;

  beforeAll(async () => {
    cluster = stack.use(await Cluster.start({ isNetworked: true, env: TIMEOUTS }));
    known = imageOf([randomBlob(200_000)]);
    await new RegistryClient(cluster).pushImage('known/image', known, 'v1');
    stack.defer(() => {
      if (!hasEnded) console.log(cluster.logs());
    });
    load = await Load.start(cluster, seed);
    stack.defer(() => load.watch.end());
    clients = stack.use(await RealClients.start(cluster, load.watch));
  });
  afterAll(async () => {
    await stack.disposeAsync();
  });

  it('lose none of it when one node after the other is killed', async () => {
    for (const [place, node] of cluster.nodes.entries()) {
      await survive({
        name: `SIGKILL of ${node.name}`,
        inject: () => node.kill(),
        during: async () => {
          await untilReadiness(
            cluster,
            cluster.nodes.map((_, other) => (other === place ? 'red' : 'green')),
          );
          await load.progress(SOME_REQUESTS);
        },
        mend: async () => void (await node.start()),
      });
    }
  });

  it('go on with uploads in flight while one after the other is stopped and started in a new version', async () => {
    const upload = await LongUpload.begin(cluster, 'rolling/upload');
    for (const node of cluster.nodes) {
      await survive({
        name: `rolling restart of ${node.name}`,
        inject: () => upload.patchWhile(node, () => node.stop()),
        during: async () => undefined,
        mend: async () => void (await node.start()),
      });
    }
    await upload.finish();
  });

  it('say 503 while PostgreSQL is gone, and go on when it is back', async () => {
    await survive({
      name: 'SIGKILL of PostgreSQL',
      inject: () => cluster.database.kill(),
      during: async () => {
        await untilReadiness(cluster, ['red', 'red', 'red']);
        await Promise.all(cluster.nodes.map(({ url }) => expectUnavailable(url, '/v2/known/image/manifests/v1')));
      },
      mend: () => cluster.database.restart(),
    });
  });

  it('say 503 while S3 is gone, and go on when it is back', async () => {
    await survive({
      name: 'SIGKILL of the S3 server',
      inject: () => cluster.storage.kill(),
      during: async () => {
        await untilReadiness(cluster, ['red', 'red', 'red']);
        const layer = known.blobs[1]?.digest ?? '';
        await Promise.all(cluster.nodes.map(({ url }) => expectUnavailable(url, `/v2/known/image/blobs/${layer}`)));
      },
      mend: () => cluster.storage.restart(),
    });
  });

  it('answer nothing stale on a node that is cut off from PostgreSQL, and the others go on', async () => {
    const node = cluster.node(1);
    const admin = new RegistryClient(cluster);
    const token = await createToken(admin, 'cut-off');
    await admin.pushManifest('known/image', known.manifest, 'to-go');
    await survive({
      name: `${node.name} cut off from PostgreSQL`,
      inject: () => node.partitionFrom('database'),
      during: async () => {
        await untilReadiness(cluster, ['green', 'red', 'green']);
        const others = new RegistryClient({ url: cluster.node(0).url, authorization: cluster.authorization });
        await others.deleteManifest('known/image', 'to-go');
        await revokeToken(others, 'cut-off');
        await expectUnavailable(node.url, '/v2/known/image/manifests/to-go');
        const answer = await new RegistryClient({ url: node.url, authorization: token }).send('GET', '/v2/');
        expect([401, 503]).toContain(answer.status);
        await load.progress(SOME_REQUESTS);
      },
      mend: () => node.heal(),
    });
    await expectOnEveryNode('/v2/known/image/manifests/to-go', cluster.authorization, 404);
    await expectOnEveryNode('/v2/', token, 401);
  });

  it('answer what needs no bytes on a node that is cut off from S3, and the others go on', async () => {
    const node = cluster.node(2);
    await survive({
      name: `${node.name} cut off from S3`,
      inject: () => node.partitionFrom('storage'),
      during: async () => {
        await untilReadiness(cluster, ['green', 'green', 'red']);
        const direct = new RegistryClient({ url: node.url, authorization: cluster.authorization });
        expect(await direct.pullManifest('known/image', 'v1')).toEqual(known.manifest.bytes);
        const refused = expectUnavailable(node.url, `/v2/known/image/blobs/${known.blobs[1]?.digest}`);
        await Promise.all([refused, load.progress(SOME_REQUESTS)]);
      },
      mend: () => node.heal(),
    });
  });

  it('go on without a node whose cable is pulled', async () => {
    const node = cluster.node(0);
    await survive({
      name: `${node.name} without its network`,
      inject: () => node.unplug(),
      during: async () => {
        await untilReadiness(cluster, ['red', 'green', 'green']);
        await load.progress(SOME_REQUESTS);
      },
      mend: () => node.heal(),
    });
  });

  it('refuse a revoked token, and forget a deleted tag, on every node from the moment it is acknowledged', async () => {
    const admin = new RegistryClient(cluster);
    for (let round = 0; round < 5; round += 1) {
      const token = await createToken(admin, `short-lived-${round}`);
      await admin.pushManifest('known/image', known.manifest, 'short-lived');
      await expectOnEveryNode('/v2/known/image/manifests/short-lived', token, 200);
      await admin.deleteManifest('known/image', 'short-lived');
      await expectOnEveryNode('/v2/known/image/manifests/short-lived', token, 404);
      await revokeToken(admin, `short-lived-${round}`);
      await expectOnEveryNode('/v2/', token, 401);
    }
  });

  it('have kept every promise in the end', async () => {
    expect(await load.end()).toEqual([]);
    expect(await clients.end()).toEqual([]);
    expect(load.watch.complaints).toEqual([]);
    const { acknowledged, failures } = load.watch;
    console.log(`${acknowledged} requests answered, ${failures.length} failed while something was broken`);
    const statuses = await Promise.all(cluster.nodes.map((node) => node.stop()));
    expect(statuses).toEqual([0, 0, 0]);
    hasEnded = true;
  });

  async function survive(fault: Omit<Fault, 'cluster' | 'load'>): Promise<void> {
    await suffer({ ...fault, cluster, load });
  }

  async function expectUnavailable(url: string, path: string): Promise<void> {
    const reply = await new RegistryClient({ url, authorization: cluster.authorization }).send('GET', path);
    const text = await reply.text();
    expect({ path, status: reply.status, text }).toMatchObject({ status: 503 });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  }

  async function expectOnEveryNode(path: string, authorization: string, status: number): Promise<void> {
    const statuses = cluster.nodes.map(async ({ url }) => {
      const reply = await new RegistryClient({ url, authorization }).send('GET', path);
      await reply.arrayBuffer();
      return reply.status;
    });
    expect({ path, statuses: await Promise.all(statuses) }).toEqual({
      path,
      statuses: cluster.nodes.map(() => status),
    });
  }
});

async function revokeToken(admin: RegistryClient, name: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await (await admin.expect(200, 'DELETE', `/api/v1/tokens/${name}`, { headers })).arrayBuffer();
}

/** @returns the `Authorization` header of whoever has it. */
async function createToken(admin: RegistryClient, name: string): Promise<string> {
  const scope = [{ pattern: '**', actions: ['pull'] }];
  const body = new TextEncoder().encode(JSON.stringify({ name, scope, expiresAt: null }));
  const headers = { 'content-type': 'application/json' };
  const reply = await admin.expect(201, 'POST', '/api/v1/tokens', { body, headers });
  const answer: unknown = await reply.json();
  if (typeof answer !== 'object' || answer === null || !('secret' in answer)) throw new Error('no secret');
  return `Basic ${Buffer.from(`robot:${String(answer.secret)}`).toString('base64')}`;
}
