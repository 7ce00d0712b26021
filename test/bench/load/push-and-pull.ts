import { imageOf, randomBlob } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/**
 * A process in which some clients push small images and pull them, by turns, for so long. It prints what 99 of a hundred
 * pushes and pulls took at most, in seconds.
 */
export interface PushAndPull {
  readonly target: Target;
  readonly clients: number;
  readonly seconds: number;
}

/** Before the first that counts. */
const WARMING_SECONDS = 2;

if (import.meta.main) {
  const { target, clients, seconds } = ownTask<PushAndPull>();
  const times = { push: [] as number[], pull: [] as number[] };
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const timed = async (kind: keyof typeof times, work: Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await work;
    if (elapsed() > WARMING_SECONDS) times[kind].push((performance.now() - start) / 1000);
  };
  const run = async (name: number): Promise<void> => {
    const client = new RegistryClient(target);
    for (let round = 0; elapsed() < WARMING_SECONDS + seconds; round += 1) {
      const image = imageOf([randomBlob(1000)]);
      await timed('push', client.pushImage(`load/client-${name}`, image, `v${round}`));
      for (let pull = 0; pull < 3; pull += 1) {
        await timed('pull', client.pullManifest(`load/client-${name}`, `v${round}`));
        await timed('pull', client.pullBlob(`load/client-${name}`, image.blobs[0]?.digest ?? ''));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, name) => run(name)));
  console.log(JSON.stringify({ push: percentile(times.push), pull: percentile(times.pull) }));
}

function percentile(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}
