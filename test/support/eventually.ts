/**
 * Asks again and again until `check` resolves without throwing, and gives what it resolved to.
 *
 * @param seconds how long to go on. The last error is thrown when they have passed.
 */
export async function eventually<T>(what: string, check: () => Promise<T> | T, seconds = 10): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`, { cause: error });
    }
    await Bun.sleep(25);
  }
}
