/**
 * Waits for work to end, but no longer than until it is time to say how far it is.
 *
 * @param outcome never rejects.
 */
export async function isSettledWithin(milliseconds: number, outcome: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  void outcome.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
