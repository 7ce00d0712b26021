/** Rows of one query: some milliseconds of work between two turns of the event loop. */
const ROWS = 1000;

/**
 * The whole of a list that is read by keyset pages. Others get a turn after each page.
 *
 * @param keyOf of the last row of a page: where the next one begins.
 */
export async function* pagesOf<Key, Row>(
  first: Key,
  read: (after: Key, limit: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[], void> {
  let after = first;
  for (;;) {
    const rows = await read(after, ROWS);
    signal.throwIfAborted();
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS) return;
    after = keyOf(last);
    await nextTurn();
  }
}

/** A list in parts that one query takes. Others get a turn after each. */
export async function* chunksOf<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  size = ROWS,
): AsyncGenerator<readonly Item[], void> {
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
    signal.throwIfAborted();
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
