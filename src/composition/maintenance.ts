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
  const jobs = [
    repeat('flush-seen', FLUSH_SEEN_SECONDS, () => content.seen.flush(), log, signal),
    repeat(
      'expire-uploads',
      Math.min(EXPIRE_UPLOADS_SECONDS, uploads.expireSeconds),
      () => content.collector.expireUploads(uploads.expireSeconds, signal),
      log,
      signal,
    ),
  ];
  if (gc.intervalSeconds > 0) {
    const options = {
      dryRun: false,
      deleteUntagged: false,
      graceSeconds: gc.graceSeconds,
      uploadIdleSeconds: uploads.expireSeconds,
    };
    const collect = async (): Promise<void> => {
      log.info({ ...(await content.collector.collect(options, signal)) }, 'garbage collected');
    };
    jobs.push(repeat('collect-garbage', gc.intervalSeconds, collect, log, signal));
  }
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(jobs.map((stop) => stop()));
    },
  };
}

function repeat(
  job: string,
  seconds: number,
  work: () => Promise<unknown>,
  log: Logger,
  signal: AbortSignal,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) log.error({ job, err: error }, 'a job failed; it is tried again at its next time');
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
