import type { Logger } from '../telemetry/log.ts';
import type { PullEvents } from './pull-events.ts';

export interface PullFlushingParts {
  readonly pullEvents: Pick<PullEvents, 'flush'>;
  readonly log: Logger;
  /** Whether nothing may be written now. */
  readonly isPaused: () => boolean;
  /** Between two writings. Default 1. */
  readonly seconds?: number;
}

/** Writes down pulls that webhooks are to be told of, every second, and those that are left when it stops. */
export function startPullFlushing({ pullEvents, log, isPaused, seconds = 1 }: PullFlushingParts): {
  stop(): Promise<void>;
} {
  let flushing: Promise<void> | undefined;
  let isFailing = false;
  const flush = async (): Promise<void> => {
    if (isPaused()) return;
    try {
      await pullEvents.flush();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'pulls could not be written down for webhooks; it is tried again');
      isFailing = true;
    }
  };
  const timer = setInterval(() => {
    flushing ??= flush().finally(() => {
      flushing = undefined;
    });
  }, seconds * 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      await flushing;
      await flush();
    },
  };
}
