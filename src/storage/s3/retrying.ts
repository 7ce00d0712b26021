import { isPassing, isThrottled, S3TimeoutError } from './s3-failure.ts';

export interface RetryRules {
  /** How long to go on, in seconds, since the first attempt failed. */
  readonly giveUpSeconds: number;
  /** The longest pause before the second attempt; it doubles from then on. In milliseconds. */
  readonly firstPauseMilliseconds: number;
}

export const RETRY_RULES: RetryRules = { giveUpSeconds: 30, firstPauseMilliseconds: 100 };

/** However little time passes between them. */
const MAX_ATTEMPTS = 12;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

export interface Attempt {
  /** What is asked, for messages. */
  readonly what: string;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Default: as long as the rules say. */
  readonly isFinal?: boolean;
}

/**
 * Asks again while S3 is busy or the connection breaks, after pauses that grow and are spread by chance, so that those
 * who were refused together do not come back together.
 *
 * @param ask must begin anew each time: a body that was read is gone.
 * @throws what the last attempt threw, or the reason of the signal.
 */
export async function retried<Value>(
  rules: RetryRules,
  attempt: Attempt,
  ask: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  let failedAt: number | undefined;
  for (let number = 1; ; number += 1) {
    attempt.signal?.throwIfAborted();
    try {
      return await once(attempt, ask);
    } catch (error) {
      attempt.signal?.throwIfAborted();
      failedAt ??= performance.now();
      const isLate = performance.now() - failedAt >= rules.giveUpSeconds * 1000;
      if (attempt.isFinal === true || number >= MAX_ATTEMPTS || isLate || !isPassing(error)) throw error;
      await pause(rules, number, isThrottled(error), attempt.signal);
    }
  }
}

async function once<Value>(
  { what, timeoutMilliseconds, signal }: Attempt,
  ask: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.abort(new S3TimeoutError(what)), timeoutMilliseconds);
  try {
    return await ask(stop.signal);
  } catch (error) {
    // What the client throws when it is aborted does not say why.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Ends early when the signal aborts. */
async function pause(
  rules: RetryRules,
  attempts: number,
  isLong: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const longest = rules.firstPauseMilliseconds * (isLong ? 5 : 1) * 2 ** (attempts - 1);
  const milliseconds = Math.random() * Math.min(LONGEST_PAUSE_MILLISECONDS, longest);
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
