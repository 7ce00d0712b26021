import type { Looked, Stretch } from '../metadata/stretch.ts';

/** How many rows are looked at in one turn: a few milliseconds, also when all of them go. */
const ROWS_PER_STRETCH = 500;

/** From one end of a table to the other, a stretch at a time. @returns how much was found. */
export async function walk<Found, Key>(
  signal: AbortSignal,
  look: (stretch: Stretch<Key>) => Promise<Looked<Found, Key>>,
): Promise<number> {
  let total = 0;
  let after: Key | undefined;
  do {
    const { found, end } = await look({ after, rows: ROWS_PER_STRETCH });
    total += found.length;
    after = end;
    signal.throwIfAborted();
    // Looking alone takes no turn of the event loop: who waits for one is answered in between.
    await nextTurn();
  } while (after !== undefined);
  return total;
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
