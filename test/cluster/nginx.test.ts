import { describe, expect, it } from 'bun:test';
import { runsHere } from '../support/required.ts';
import { Cluster } from './cluster.ts';
import { isInstalled } from './installed.ts';
import { Load } from './load/load.ts';
import { RealClients } from './load/real-clients.ts';
import { SOME_REQUESTS, suffer } from './load/recovery.ts';

const WHAT = 'three nodes behind nginx';
const hasDatabase = runsHere('postgres', isInstalled('postgres'), WHAT);
const hasStorage = runsHere('s3', isInstalled('s3'), WHAT);

describe.skipIf(!hasDatabase || !hasStorage)(WHAT, () => {
  it('lose nothing when one is killed and another one restarted, though nginx does not ask how they are', async () => {
    await using cluster = await Cluster.start({ balancer: 'nginx' });
    const load = await Load.start(cluster, Date.now() % 1_000_000);
    await using clients = await RealClients.start(cluster, load.watch);
    const [killed, restarted] = [cluster.node(0), cluster.node(1)];
    const during = (): Promise<void> => load.progress(SOME_REQUESTS);
    try {
      const inject = (): Promise<void> => killed.kill();
      const mend = async (): Promise<void> => void (await killed.start());
      await suffer({ name: 'SIGKILL of a node behind nginx', cluster, load, inject, during, mend });
      await suffer({
        name: 'restart of a node behind nginx',
        cluster,
        load,
        inject: async () => void (await restarted.stop()),
        during,
        mend: async () => void (await restarted.start()),
      });
    } finally {
      load.watch.end();
    }
    expect(await load.end()).toEqual([]);
    expect(await clients.end()).toEqual([]);
    expect(load.watch.complaints).toEqual([]);
  }, 180_000);
});
