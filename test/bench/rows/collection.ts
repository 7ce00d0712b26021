import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/process.ts';
import { generate } from '../load/generator.ts';
import type { MakeGarbageTree } from '../load/make-garbage-tree.ts';
import type { PushAndPull } from '../load/push-and-pull.ts';
import type { PushGarbage } from '../load/push-garbage.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { HAVRE, havre } from '../servers/havre.ts';
import { cleanEnvironment, targetOf, type RunningServer } from '../servers/server.ts';
import { compare, format, medianOf } from '../verdict.ts';

const COLLECTED = 'the collection';
const REPOSITORIES = 100;

/** Garbage is older than this before it is collected; what is being pushed is not. */
const GRACE_SECONDS = 15;

/** How much slower 99 of a hundred requests may be while garbage is collected. */
const SLOWER = 1.5;

export const collection: Row = {
  name: 'collection',
  title: 'Garbage collection over 100,000 blobs of which 10 % are garbage, and requests meanwhile',
  async measure(bench) {
    const samples = new Samples();
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      bench.progress(`collection, ${repetition} of ${bench.repetitions}`);
      const folder = await mkdtemp(join(bench.folder, 'collection-'));
      await measureOnce(bench, folder, samples);
      await rm(folder, { recursive: true });
    }
    const figures = samples.figures();
    return {
      figures,
      verdicts: [
        compare(figures, { quantity: COLLECTED, to: 'docker-registry', bound: 'at most', ratio: 1 / 10 }),
        ...['push', 'pull'].map((kind) => againstIdle(figures, kind)),
      ],
    };
  },
};

async function measureOnce(bench: Bench, folder: string, samples: Samples): Promise<void> {
  const blobs = bench.quick ? 1000 : 100_000;
  const garbage = blobs / 10;
  const tree = join(folder, 'registry');
  const task: MakeGarbageTree = { folder: tree, images: (blobs - garbage) / 2, repositories: REPOSITORIES, garbage };
  await generate('./make-garbage-tree.ts', task);
  // The first start makes the installation.
  await (await havre.start({ folder })).stop();
  await havreCommand(folder, ['import', 'registry-v2', tree]);
  if (bench.contenders.some(({ name }) => name === 'docker-registry')) {
    samples.add('docker-registry', COLLECTED, 's', await collectByDockerRegistry(folder, tree));
  }
  const server = await havre.start({ folder });
  try {
    // What no image names came with the import.
    await Bun.sleep(GRACE_SECONDS * 1000);
    samples.add('havre', COLLECTED, 's', await collectByHavre(folder));
    await measureRequests(bench, server, garbage, samples);
  } finally {
    await server.stop();
  }
}

/** Offline, as its documentation wants it. */
async function collectByDockerRegistry(folder: string, tree: string): Promise<number> {
  const path = join(folder, 'config.yml');
  await writeFile(path, JSON.stringify({ version: 0.1, storage: { filesystem: { rootdirectory: tree } } }));
  await flushDisk();
  const began = performance.now();
  const command = ['docker-registry', 'garbage-collect', path];
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  if ((await child.exited) !== 0) throw new Error('docker-registry garbage-collect failed');
  return (performance.now() - began) / 1000;
}

/** While serving, and with all that the command costs. */
async function collectByHavre(folder: string): Promise<number> {
  await flushDisk();
  const began = performance.now();
  await havreCommand(folder, ['garbage-collect', '--grace-seconds', String(GRACE_SECONDS), '--json']);
  return (performance.now() - began) / 1000;
}

async function flushDisk(): Promise<void> {
  await Bun.spawn(['sync']).exited;
}

async function havreCommand(folder: string, words: readonly string[]): Promise<void> {
  const environment = cleanEnvironment({ HAVRE_DATA: join(folder, 'data') });
  const { status, stderr } = await run([...HAVRE, ...words], { folder, environment, seconds: 1800 });
  if (status !== 0) throw new Error(`${words[0]}: ${stderr}`);
}

async function pushGarbage(server: RunningServer, garbage: number): Promise<void> {
  const task: PushGarbage = { target: targetOf(server), repositories: REPOSITORIES, garbage };
  await generate('./push-garbage.ts', task);
  await Bun.sleep(GRACE_SECONDS * 1000);
}

async function measureRequests(bench: Bench, server: RunningServer, garbage: number, samples: Samples): Promise<void> {
  const task: PushAndPull = { target: targetOf(server), clients: 4, seconds: bench.quick ? 2 : 10 };
  const measure = async (when: string): Promise<void> => {
    // What was written before is the disk's business: half a minute later it would hold up everybody's flushes for seconds.
    await flushDisk();
    const times = (await generate('./push-and-pull.ts', task)) as { push: number; pull: number };
    for (const kind of ['push', 'pull'] as const)
      samples.add('havre', `99 % of ${kind} requests, ${when}`, 'ms', times[kind] * 1000);
  };
  await measure('idle');
  await pushGarbage(server, garbage);
  const stop = new AbortController();
  const collecting = collectAgainAndAgain(server, stop.signal);
  await measure('while collecting');
  stop.abort();
  await collecting;
}

/** Without a pause: one collection after another, of which the first has something to collect. */
async function collectAgainAndAgain({ url, authorization }: RunningServer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const reply = await fetch(`${url}/api/v1/garbage-collection`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(authorization !== undefined && { Authorization: authorization }),
      },
      body: JSON.stringify({ graceSeconds: GRACE_SECONDS }),
    });
    await reply.arrayBuffer();
    if (reply.status !== 200) throw new Error(`garbage-collection: ${reply.status}`);
  }
}

function againstIdle(figures: readonly Figure[], kind: string): Verdict {
  const of = (when: string): number => medianOf(figures, `99 % of ${kind} requests, ${when}`, 'havre') ?? Number.NaN;
  const ratio = of('while collecting') / of('idle');
  const target = `99 % of ${kind} requests while collecting: at most ${SLOWER}× idle`;
  return { target, value: `${format(ratio)}×`, reached: ratio <= SLOWER };
}
