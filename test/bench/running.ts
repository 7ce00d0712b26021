import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './row.ts';
import type { Contender, Content, RunningServer, StartOptions } from './servers/server.ts';

/** A server in a fresh folder of its own, which goes when it stops. */
export async function startFresh(
  bench: Bench,
  contender: Contender,
  options: FreshOptions = {},
): Promise<RunningServer> {
  const folder = await mkdtemp(join(bench.folder, `${contender.name}-`));
  if (options.content) await contender.fill?.(folder, options.content);
  const { content: _content, ...rest } = options;
  const server = await contender.start({ folder, ...rest });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface FreshOptions extends Omit<StartOptions, 'folder'> {
  /** What contenders that have `fill` find on their disk when they start. */
  readonly content?: Content;
}

/** Does `work` with every contender running side by side, and stops them whatever happens. */
export async function withAll<T>(
  bench: Bench,
  options: FreshOptions,
  work: (servers: readonly RunningServer[]) => Promise<T>,
): Promise<T> {
  const servers: RunningServer[] = [];
  try {
    for (const contender of bench.contenders) servers.push(await startFresh(bench, contender, options));
    return await work(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/**
 * Does `work` as often as asked for, each contender in turn (interleaved: a noisy minute hits all of them), each time
 * on a fresh server and with nothing left for the disk to write from before.
 */
export async function eachFresh(bench: Bench, work: (server: RunningServer) => Promise<void>): Promise<void> {
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const contender of bench.contenders) {
      bench.progress(`${contender.name}, ${repetition} of ${bench.repetitions}`);
      const server = await startFresh(bench, contender);
      try {
        await Bun.spawn(['sync']).exited;
        await work(server);
      } finally {
        await server.stop();
      }
    }
  }
}
