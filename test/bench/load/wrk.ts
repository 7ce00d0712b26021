import { cpuSeconds } from '../process-figures.ts';

export interface WrkRun {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Kept open. Default: {@link CONNECTIONS}. */
  readonly connections?: number;
}

/** Enough to keep a server busy on every core, few enough to be a team's CI. */
export const CONNECTIONS = 32;

/**
 * The requests answered per second of CPU that the server used. That figure, unlike requests per second, does not
 * depend on how much of the machine the load generator takes.
 *
 * @param pid the server's process.
 */
export async function requestsPerCpuSecond(pid: number, run: WrkRun): Promise<number> {
  const before = cpuSeconds(pid);
  const requests = await countRequests(run);
  return requests / (cpuSeconds(pid) - before);
}

/**
 * Runs `wrk` against one URL and returns how many requests were answered.
 *
 * @throws {Error} a reply was not 2xx, or a socket failed: such a run measures something else.
 */
export async function countRequests(run: WrkRun): Promise<number> {
  const headers = Object.entries(run.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const connections = String(run.connections ?? CONNECTIONS);
  const command = ['wrk', '-t', '1', '-c', connections, '-d', `${run.seconds}s`, ...headers, run.url];
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' });
  const output = await new Response(child.stdout).text();
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if ((await child.exited) !== 0 || !(requests > 0) || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`wrk against ${run.url} failed:\n${output}`);
  }
  return requests;
}
