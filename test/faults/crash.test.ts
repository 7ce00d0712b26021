import { afterAll, describe, expect, it } from 'bun:test';
import { resolve } from 'node:path';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { randomBlob } from '../support/image.ts';
import { freePort } from '../support/ports.ts';
import { runOk } from '../support/process.ts';
import { Random } from '../support/random.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { CrashClient } from './crash-client.ts';
import { brokenPromises } from './held-to-its-word.ts';
import { strayBlobFiles, uploadFiles } from './stray-files.ts';

const CLIENTS = 12;
const LEAST_ROUNDS = 6;
const MOST_ROUNDS = 15;
/** Requests acknowledged before the last crash: enough to have met a kill in every stage of a push. */
const ENOUGH = 600;

const seed = Number(process.env['HAVRE_FAULT_SEED'] ?? Date.now() % 1_000_000);

describe('a server killed again and again in the middle of pushes and deletes', () => {
  const data = temporaryFolder('crash');
  afterAll(() => removeFolder(data));

  it(`keeps every promise (HAVRE_FAULT_SEED=${seed})`, async () => {
    console.log(`HAVRE_FAULT_SEED=${seed}`);
    const random = new Random(seed);
    const port = await freePort();
    const shared = [randomBlob(90_000), randomBlob(50_000), randomBlob(10)] as const;
    const clients = Array.from(
      { length: CLIENTS },
      (_, number) => new CrashClient(`crash/client-${number}`, new Random(random.between(0, 2 ** 31)), shared),
    );
    const acknowledged = (): number => clients.reduce((sum, client) => sum + client.acknowledged, 0);

    for (let round = 0; round < LEAST_ROUNDS || (acknowledged() < ENOUGH && round < MOST_ROUNDS); round += 1) {
      await using server = await startHavre({ data, port });
      expect(await allBrokenPromises(server, clients)).toEqual([]);
      await workAndDie(server, clients, random.between(100, 1500));
    }

    console.log(`${acknowledged()} requests acknowledged`);
    await using server = await startHavre({ data, port });
    expect(await allBrokenPromises(server, clients)).toEqual([]);
    expect(acknowledged()).toBeGreaterThan(200);
    await server.stop();
    await collectGarbage(data);
    expect(uploadFiles(data)).toEqual([]);
    expect(strayBlobFiles(data, liveBlobs(clients))).toEqual([]);

    await using again = await startHavre({ data, port });
    expect(await allBrokenPromises(again, clients)).toEqual([]);
    expect(await again.stop()).toBe(0);
  }, 180_000);
});

async function workAndDie(
  server: RunningHavre,
  clients: readonly CrashClient[],
  afterMilliseconds: number,
): Promise<void> {
  let isDying = false;
  const work = clients.map(async (client) => await client.work(new RegistryClient(server), () => isDying));
  const failure = Promise.all(work).then(() => undefined);
  // Whichever comes first: a client that was answered wrongly ends the test at once, by its error.
  await Promise.race([failure, Bun.sleep(afterMilliseconds)]);
  isDying = true;
  await server.kill();
  await failure;
}

async function allBrokenPromises(server: RunningHavre, clients: readonly CrashClient[]): Promise<string[]> {
  const broken: string[] = [];
  for (const client of clients) broken.push(...(await brokenPromises(new RegistryClient(server), client)));
  return broken;
}

/** With no time of grace: nothing is being pushed. */
async function collectGarbage(data: string): Promise<void> {
  const launcher = resolve(import.meta.dirname, '../../bin/havre.js');
  await runOk(['node', launcher, 'garbage-collect'], { env: { HAVRE_DATA: data } });
}

function liveBlobs(clients: readonly CrashClient[]): Set<string> {
  return new Set(clients.flatMap((client) => client.blobs.promised().map(({ digest }) => digest)));
}
