export interface PlacedWork<Place, Item> {
  /** What is to be done by now, in order. */
  readonly find: () => Promise<readonly Item[]>;
  readonly placeOf: (item: Item) => Place;
  readonly work: (item: Item) => Promise<void>;
  /** Until it is time to look again, or until `signal` aborts. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Works at several places at once, at each of them on one thing after another. While some are at work, it looks again and
 * again for what is to be done at others. Ends when nobody is at work.
 *
 * @throws what the first failing work threw, when all have ended.
 */
export async function besideEachOther<Place, Item>({
  find,
  placeOf,
  work,
  pause,
  signal,
}: PlacedWork<Place, Item>): Promise<void> {
  const atWork = new Map<Place, Promise<void>>();
  const errors: unknown[] = [];
  const workThrough = async (items: readonly Item[]): Promise<void> => {
    for (const item of items) {
      signal.throwIfAborted();
      await work(item);
    }
  };
  try {
    do {
      for (const [place, items] of Map.groupBy(await find(), placeOf)) {
        if (atWork.has(place)) continue;
        const ended = workThrough(items)
          .catch((error: unknown) => void errors.push(error))
          .finally(() => atWork.delete(place));
        atWork.set(place, ended);
      }
      const looking = new AbortController();
      await Promise.race([Promise.all(atWork.values()), pause(AbortSignal.any([signal, looking.signal]))]);
      looking.abort();
    } while (atWork.size > 0 && !signal.aborted);
  } finally {
    await Promise.all(atWork.values());
  }
  if (errors.length > 0) throw errors[0];
}
