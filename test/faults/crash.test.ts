import { afterAll, describe, expect, it } from 'bun:test';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { havre } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { randomBlob } from '../support/image.ts';
import { freePort } from '../support/ports.ts';
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
/** A file that no fact names is left alone for a minute, whatever the time of grace: its push may be about to name it. */
const LEFTOVER_SECONDS = 90;

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);

describe('a server killed again and again in the middle of pushes and deletes', () => {
  const data = temporaryFolder('crash');
  afterAll(() => removeFolder(data));

  it(`keeps every promise (FAULT_SEED=${seed})`, async () => {
    console.log(`FAULT_SEED=${seed}`);
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
    makeUploadsOld(data);
    for (const client of clients) client.forgetUnnamedBlobs();
    await eventually(
      'nothing is left over',
      async () => {
        await collectGarbage(data);
        expect([...uploadFiles(data), ...strayBlobFiles(data, liveBlobs(clients))]).toEqual([]);
      },
      LEFTOVER_SECONDS,
      5,
    );

    await using again = await startHavre({ data, port });
    expect(await allBrokenPromises(again, clients)).toEqual([]);
    expect(await again.stop()).toBe(0);
  }, 240_000);
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

/** As if they had been left days ago. */
function makeUploadsOld(data: string): void {
  const daysAgo = new Date(Date.now() - 3 * 86_400_000);
  for (const file of uploadFiles(data)) utimesSync(join(data, file), daysAgo, daysAgo);
}

/** With no time of grace: nothing is being pushed. What is in the trash goes, too. */
async function collectGarbage(data: string): Promise<void> {
  const { status, stderr } = await havre(['garbage-collect', '--grace-seconds', '0', '--purge'], { HAVRE_DATA: data });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}

function liveBlobs(clients: readonly CrashClient[]): Set<string> {
  return new Set(clients.flatMap((client) => client.blobs.promised().map(({ digest }) => digest)));
}
