/** At a time, at one registry: more is taken for an attack by some. */
const REQUESTS = 8;

/** Does something for each of many, some at a time. The first failure ends it. @param atATime how many. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  atATime = REQUESTS,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const entries = items.entries();
  const next = async (): Promise<void> => {
    for (const [place, item] of entries) {
      try {
        results[place] = await work(item);
      } catch (error) {
        // The others finish what they do, and begin nothing more.
        for (const _ of entries);
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, next));
  return results;
}
