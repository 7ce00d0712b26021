import type { Logger } from '../telemetry/log.ts';
import type { Leases } from './leases.ts';

/** Work that is done again and again, by one node at a time. */
export interface Job {
  /** Of its lease, and in the log. */
  readonly name: string;
  /** Between two starts, on whatever node. */
  readonly seconds: number;
  /** @param signal aborts when the process stops, or when another node may have the work. */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
}

export interface Schedule {
  /** Stops what is under way at its next step, and waits for it. */
  stop(): Promise<void>;
}

export interface ScheduleParts {
  readonly leases: Pick<Leases, 'take'>;
  readonly log: Logger;
}

/** How often a node looks whether it is time, at most: so soon another one goes on when the one at work has died. */
const LONGEST_LOOK_SECONDS = 60;

/** Each job runs by itself and never beside itself; one that fails is logged and tried again at its next time. */
export function startSchedule(jobs: readonly Job[], parts: ScheduleParts): Schedule {
  const controller = new AbortController();
  const stops = jobs.map((job) => repeat(job, parts, controller.signal));
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

/** @returns what stops it, and waits for a run that is under way. */
function repeat(job: Job, parts: ScheduleParts, stopping: AbortSignal): () => Promise<void> {
  const lookSeconds = Math.min(job.seconds, LONGEST_LOOK_SECONDS);
  // A run begins a little after the look that led to it, and must not make the next one come too early by that.
  const restSeconds = job.seconds - lookSeconds / 2;
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= runOnce(job, restSeconds, { ...parts, stopping }).finally(() => {
      running = undefined;
    });
  }, lookSeconds * 1000);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Does the work now, if nobody does it and nobody began it within `restSeconds`. Never rejects. */
export async function runOnce(
  { name, work }: Job,
  restSeconds: number,
  { leases, log, stopping }: ScheduleParts & { readonly stopping: AbortSignal },
): Promise<void> {
  try {
    const lease = await leases.take(name, restSeconds);
    if (lease === undefined) return;
    try {
      await work(AbortSignal.any([stopping, lease.signal]));
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!stopping.aborted) log.error({ job: name, err: error }, 'a job failed; it is tried again at its next time');
  }
}
