import type { Config } from '../config.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Content } from './content.ts';

/** Work that a running server does beside requests. */
export interface Maintenance {
  /** Stops what is under way at its next step, and waits for it. */
  stop(): Promise<void>;
}

const FLUSH_SEEN_SECONDS = 30;
const EXPIRE_UPLOADS_SECONDS = 600;

/** Each job runs by itself and never beside itself; one that fails is logged and tried again at its next time. */
export function startMaintenance(config: Config, content: Content, log: Logger): Maintenance {
  const controller = new AbortController();
  const { signal } = controller;
  const { gc, uploads } = config;
  const context = { log, signal };
  const jobs = [
    repeat({ name: 'flush-seen', seconds: FLUSH_SEEN_SECONDS, work: () => content.seen.flush() }, context),
    repeat(
      {
        name: 'expire-uploads',
        seconds: Math.min(EXPIRE_UPLOADS_SECONDS, uploads.expireSeconds),
        work: () => content.collector.expireUploads(uploads.expireSeconds, signal),
      },
      context,
    ),
  ];
  if (gc.intervalSeconds > 0) {
    const options = {
      dryRun: false,
      deleteUntagged: false,
      graceSeconds: gc.graceSeconds,
      uploadIdleSeconds: uploads.expireSeconds,
    };
    const work = async (): Promise<void> => {
      if (content.collector.isCollecting) return;
      log.info({ ...(await content.collector.collect(options, signal)) }, 'garbage collected');
    };
    jobs.push(repeat({ name: 'collect-garbage', seconds: gc.intervalSeconds, work }, context));
  }
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(jobs.map((stop) => stop()));
    },
  };
}

interface Job {
  readonly name: string;
  /** Between two starts. */
  readonly seconds: number;
  readonly work: () => Promise<unknown>;
}

/** @returns what stops it, and waits for a run that is under way. */
function repeat(
  { name, seconds, work }: Job,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) log.error({ job: name, err: error }, 'a job failed; it is tried again at its next time');
    }
  };
  const timer = setInterval(() => {
    running ??= run().finally(() => {
      running = undefined;
    });
  }, seconds * 1000);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
