import type { BlobSource } from '../blob-source.ts';
import { cpuSeconds, peakResidentBytes } from '../process-figures.ts';
import type { Samples } from '../row.ts';
import { targetOf, type RunningServer } from '../servers/server.ts';
import { generate } from './generator.ts';
import type { PushBlobs } from './push-blobs.ts';

export interface PushRun {
  readonly data: BlobSource;
  /** How many blobs go at once, each to a repository of its own. At most 32. */
  readonly blobs: number;
  readonly flow: PushBlobs['flow'];
}

/** Pushes, and keeps the wall time, the server's CPU time and its peak memory as samples. */
export async function samplePush(server: RunningServer, run: PushRun, samples: Samples, label = 'push'): Promise<void> {
  const blobs = [];
  for (let index = 0; index < run.blobs; index++) blobs.push(await run.data.slice(`bench/blob-${index}`, index));
  const task: PushBlobs = {
    target: targetOf(server),
    path: run.data.path,
    flow: run.flow,
    blobs,
  };
  const before = cpuSeconds(server.pid);
  const { seconds } = (await generate('./push-blobs.ts', task)) as { seconds: number };
  samples.add(server.name, `${label}: wall`, 's', seconds);
  samples.add(server.name, `${label}: CPU`, 'CPU s', cpuSeconds(server.pid) - before);
  samples.add(server.name, `${label}: peak memory`, 'MB', peakResidentBytes(server.pid) / 1e6);
}
