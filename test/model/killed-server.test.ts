import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'bun:test';
import { strayBlobFiles } from '../faults/stray-files.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { newPostgresDatabase, postgresRunsHere } from '../support/postgres.ts';
import { Random } from '../support/random.ts';
import { ModelClient } from './model-client.ts';
import { step } from './step.ts';
import { WorldOfServer } from './world-of-server.ts';

const CLIENTS = 6;
const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 300);
const seed = Number(process.env['MODEL_SEED'] ?? 20_261_121);
/** More than a life in the trash, a time of grace, and some collections. */
const CLEAN_SECONDS = 120;

const engines: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
  ['SQLite', async () => ({})],
  ...(postgresRunsHere('a killed server on PostgreSQL')
    ? [['PostgreSQL', async () => ({ HAVRE_DATABASE_URL: await newPostgresDatabase() })] as const]
    : []),
];

describe.each(engines)('a server on %s that is killed again and again', (engine, environment) => {
  const data = temporaryFolder('model');
  afterAll(() => removeFolder(data));

  it(
    `loses nothing that can be reached, and keeps nothing past its time (MODEL_SEED=${seed})`,
    async () => {
      const world = await WorldOfServer.open(data, await environment());
      await using _closed = world;
      const names = Array.from({ length: CLIENTS }, (_, number) => `model/client-${number}`);
      const clients = names.map((name) => new ModelClient(world, name, names));
      const end = Date.now() + SECONDS * 1000;
      let steps = 0;
      const play = async (client: ModelClient, number: number): Promise<void> => {
        for (const next of fc.sample(step, { seed: seed + number, numRuns: STEPS })) {
          if (Date.now() > end) return;
          await client.take(next);
          steps += 1;
        }
      };
      const kills = killUntil(world, end);
      await Promise.all(clients.map(play));
      console.log(`${engine}: ${steps} steps, ${await kills} kills`);

      for (const client of clients) await client.check();
      // On PostgreSQL other nodes might be reading: bytes go a quarter of an hour later, and their facts now.
      if (engine === 'SQLite') {
        await eventually(
          'nothing is kept past its time',
          async () => {
            await world.collect();
            expect([...strayBlobFiles(data, await blobsServed(world, clients))]).toEqual([]);
          },
          CLEAN_SECONDS,
          2,
        );
      }
      for (const client of clients) await client.check();
      expect(await world.stop()).toBe(0);
    },
    SECONDS * 1000 + 300_000,
  );
});

/** Far more than there is time for. */
const STEPS = 100_000;

/** @returns how often. */
async function killUntil(world: WorldOfServer, end: number): Promise<number> {
  const random = new Random(seed);
  let kills = 0;
  for (;;) {
    const rest = random.between(1000, 7000);
    if (Date.now() + rest > end) return kills;
    await Bun.sleep(rest);
    await world.dieAndRise();
    kills += 1;
  }
}

async function blobsServed({ client }: WorldOfServer, clients: readonly ModelClient[]): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const { model } of clients) {
    for (const [digest, { blobs }] of model.known) {
      const { status } = await client.send('HEAD', `/v2/${model.name}/manifests/${digest}`);
      if (status === 200) for (const blob of blobs) digests.add(blob.digest);
    }
  }
  return digests;
}
