/** Waits are not worth their cost below this, in milliseconds. */
const SHORTEST_WAIT = 50;

/**
 * Makes whoever calls it at each piece read no faster than so many bytes in a second.
 *
 * @returns what to call; it rejects when the signal aborts.
 */
export function slowReading(bytesPerSecond: number, signal: AbortSignal): (bytes: number) => Promise<void> {
  let freeAt = performance.now();
  return async (bytes) => {
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (bytes / bytesPerSecond) * 1000;
    const wait = freeAt - now;
    if (wait >= SHORTEST_WAIT) await pause(wait, signal);
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
