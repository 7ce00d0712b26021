import { isPassing, UnexpectedReplyError } from './client-error.ts';

export interface RetryOptions {
  /** How often a step is tried at most. Default 5. */
  readonly attempts: number;
  /** Waits. Rejects when the signal is aborted. Tests do not wait. */
  readonly pause: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 5, pause };

const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** A registry that asks for more than this has closed for the day: better to say so. */
const LONGEST_RETRY_AFTER_SECONDS = 300;

/**
 * Does a step again while it fails for a reason that passes. Only for steps that may be done twice.
 *
 * @throws what the last attempt threw, or at once what does not pass.
 */
export async function withRetries<Result>(
  { attempts, pause: wait }: RetryOptions,
  signal: AbortSignal | undefined,
  step: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || attempt >= attempts) throw error;
      const milliseconds = pauseBefore(attempt, error);
      if (milliseconds === undefined) throw error;
      await wait(milliseconds, signal);
    }
  }
}

/**
 * How long to wait before trying again: as the registry asks, else twice as long each time, with chance in it, so that
 * clients which failed together do not come back together. `undefined`: longer than anybody waits.
 */
export function pauseBefore(attempt: number, error: unknown): number | undefined {
  const asked = error instanceof UnexpectedReplyError ? error.retryAfterSeconds : undefined;
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1));
  if (asked === undefined) return longest * (0.5 + Math.random() / 2);
  return asked > LONGEST_RETRY_AFTER_SECONDS ? undefined : asked * 1000 + Math.random() * FIRST_PAUSE_MILLISECONDS;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
