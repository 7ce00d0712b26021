import type { Page, PageRequest } from './account.ts';

/** A page as the registry has it: things that each hold none, one or several items. */
export interface NativePage<Item> {
  readonly items: readonly Item[];
  /** What the registry wants to be told for the page after. */
  readonly next: string | undefined;
}

/** A registry whose pages go on and on without an item is not listed for ever. */
const MAX_NATIVE_PAGES = 100;

/**
 * A page of items where the registry's own pages are of something else, such as images for tags: as many as are asked
 * for, never more. What is left of the registry's page is found again by how many items of it were given.
 */
export async function pageOfMany<Item>(
  { after, limit }: PageRequest,
  ask: (native: string | undefined) => Promise<NativePage<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let place = placeOf(after);
  for (let asked = 0; asked < MAX_NATIVE_PAGES; asked += 1) {
    const page = await ask(place.native);
    const wanted = page.items.slice(place.given, place.given + limit - items.length);
    items.push(...wanted);
    const given = place.given + wanted.length;
    if (given < page.items.length) return { items, next: cursorOf({ native: place.native, given }) };
    if (page.next === undefined) return { items };
    place = { native: page.next, given: 0 };
    if (items.length >= limit) break;
  }
  return { items, next: cursorOf(place) };
}

interface Place {
  /** `undefined`: the first page. */
  readonly native: string | undefined;
  /** So many items of that page are behind us. */
  readonly given: number;
}

function cursorOf({ native, given }: Place): string {
  return `${given}:${native ?? ''}`;
}

function placeOf(cursor: string | undefined): Place {
  const [, given = '0', native = ''] = /^(\d+):(.*)$/s.exec(cursor ?? '') ?? [];
  return { native: native === '' ? undefined : native, given: Number(given) };
}
