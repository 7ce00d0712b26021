/** Reads a list to its end, page by page. */
export async function everyPage<Page extends { readonly next: string | null }, Item>(
  read: (page: { readonly limit: number; readonly after?: string }) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await read({ limit: LONGEST_PAGE, ...(after !== undefined && { after }) });
    items.push(...itemsOf(page));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

/** What a page has at most: see `api/page.ts`. */
const LONGEST_PAGE = 1000;
