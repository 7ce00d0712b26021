import { median } from '../median.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/** A process that asks for one page again and again, one request after another, and prints the median time of one. */
export interface ListPages {
  readonly target: Target;
  readonly path: string;
  readonly requests: number;
  /** Stop after so many seconds, however few the requests were. */
  readonly seconds: number;
}

/** Requests that are sent before the first that counts. */
const WARMING = 5;

if (import.meta.main) {
  const { target, path, requests, seconds } = ownTask<ListPages>();
  const client = new RegistryClient(target);
  const ask = async (): Promise<void> => {
    await (await client.expect(200, 'GET', path)).arrayBuffer();
  };
  // What a process does for the first time is slow, and not what is asked about.
  for (let request = 0; request < WARMING; request++) await ask();
  const times: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  while (times.length < requests && (times.length === 0 || performance.now() < deadline)) {
    const began = performance.now();
    await ask();
    times.push((performance.now() - began) / 1000);
  }
  console.log(JSON.stringify({ seconds: median(times) }));
}
