/** As many as a page may have. */
const PAGE = 1000;

interface Asked {
  readonly limit: number;
  readonly after?: string;
}

/** All that a list has, page by page: of lists that people keep by hand, to be searched and sorted as a whole. */
export async function allPages<Page extends { readonly next: string | null }, Item>(
  ask: (page: Asked) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let page = await ask({ limit: PAGE });
  items.push(...itemsOf(page));
  while (page.next !== null) {
    page = await ask({ limit: PAGE, after: page.next });
    items.push(...itemsOf(page));
  }
  return items;
}
