import { median } from '../median.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/**
 * A process that asks for some pages in turn, again and again, one request after another, and prints the median time
 * of each, in seconds. In turn: what else the machine does then slows all of them alike.
 */
export interface ListPages {
  readonly target: Target;
  readonly paths: readonly string[];
  /** Rounds that count: a request of each page. */
  readonly rounds: number;
  /** Stop after so many seconds, however few the rounds were. */
  readonly seconds: number;
}

/** Rounds before the first that counts: what a process does for the first time is slow, and not what is asked about. */
const WARMING = 5;

if (import.meta.main) {
  const { target, paths, rounds, seconds } = ownTask<ListPages>();
  const client = new RegistryClient(target);
  const pages = paths.map((path) => ({ path, times: [] as number[] }));
  const deadline = performance.now() + seconds * 1000;
  for (let round = 0; round < WARMING + rounds; round++) {
    if (round > WARMING && performance.now() > deadline) break;
    for (const { path, times } of pages) {
      const began = performance.now();
      await (await client.expect(200, 'GET', path)).arrayBuffer();
      if (round >= WARMING) times.push((performance.now() - began) / 1000);
    }
  }
  console.log(JSON.stringify(pages.map(({ times }) => median(times))));
}
