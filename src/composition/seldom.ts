/** Of the time that passes, how much a question may take: one part in so many. */
const REST = 100;

/**
 * Asks again only when a hundred times as long has passed as the last answer took, and gives the last one until then: a
 * count that takes a millisecond is always fresh, and one that takes a minute does not become most of what a database
 * does, however many ask for it and how often. Who asks while the work is under way gets its outcome.
 *
 * @param clock milliseconds that pass.
 */
export function seldom<Result>(
  work: () => Promise<Result>,
  clock: () => number = () => performance.now(),
): () => Promise<Result> {
  let underway: Promise<Result> | undefined;
  let last: { readonly result: Result; readonly until: number } | undefined;
  return async () => {
    if (underway === undefined && last !== undefined && clock() < last.until) return last.result;
    const began = clock();
    underway ??= work().finally(() => {
      underway = undefined;
    });
    const result = await underway;
    last = { result, until: clock() + REST * (clock() - began) };
    return result;
  };
}
