import * as fc from 'fast-check';
import { describe, expect, it } from 'bun:test';
import { ModelClient } from './model-client.ts';
import { step, type Step } from './step.ts';
import { WorldInProcess } from './world-in-process.ts';
import type { World } from './world.ts';

const CLIENTS = 3;
const RUNS = Number(process.env['MODEL_RUNS'] ?? 40);
/** The same ones every time, unless somebody goes looking: what CI says must not depend on chance. */
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_121);

const steps = fc.tuple(
  ...Array.from({ length: CLIENTS }, () => fc.array(step, { minLength: 5, maxLength: 40, size: 'max' })),
);

describe('any pushes, mounts, moved tags, deletions, restorations, policies and collections', () => {
  it(
    'lose nothing that can be reached, and keep nothing past its time',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (scripts) => {
          await using world = await WorldInProcess.open();
          const clients = clientsOf(world);
          await Promise.all(clients.map((client, number) => play(client, scripts[number] ?? [])));
          for (const client of clients) await client.check();

          await world.wait(world.graceSeconds + 1);
          await world.collect();
          for (const client of clients) await client.check();
          await world.wait(world.keepSeconds + world.graceSeconds + 1);
          // What one collection takes out of the trash, nothing keeps any more at the next.
          for (const _ of [1, 2]) await world.collect();
          for (const client of clients) await client.check();
          expect(await world.storedBlobs()).toEqual(await blobsOf(world, clients));
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
    RUNS * 3000,
  );
});

function clientsOf(world: World): readonly ModelClient[] {
  const names = Array.from({ length: CLIENTS }, (_, number) => `model/client-${number}`);
  return names.map((name) => new ModelClient(world, name, names));
}

async function play(client: ModelClient, script: readonly Step[]): Promise<void> {
  for (const next of script) await client.take(next);
}

/** The blobs of every manifest that is served. */
async function blobsOf({ client }: World, clients: readonly ModelClient[]): Promise<readonly string[]> {
  const digests = new Set<string>();
  for (const { model } of clients) {
    for (const [digest, { blobs }] of model.known) {
      const { status } = await client.send('HEAD', `/v2/${model.name}/manifests/${digest}`);
      if (status === 200) for (const blob of blobs) digests.add(blob.digest);
    }
  }
  return [...digests].toSorted();
}
