/**
 * Asks again and again until `check` resolves without throwing, and gives what it resolved to.
 *
 * @param seconds how long to go on. The last error is thrown when they have passed.
 * @param everySeconds how long to wait in between.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T> | T,
  seconds = 10,
  everySeconds = 0.025,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`, { cause: error });
    }
    await Bun.sleep(everySeconds * 1000);
  }
}
