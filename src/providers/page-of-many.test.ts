import { describe, expect, it } from 'bun:test';
import { pageOfMany } from './page-of-many.ts';

/** Pages of a registry that hold none, one or several items. */
const NATIVE = [['a', 'b', 'c'], [], ['d'], ['e', 'f']];

async function ask(native: string | undefined) {
  const number = Number(native ?? 0);
  const next = number + 1 < NATIVE.length ? String(number + 1) : undefined;
  return { items: NATIVE[number] ?? [], next };
}

describe('pages of what a registry has several of in one thing', () => {
  for (const limit of [1, 2, 3, 4, 10]) {
    it(`has each item once, ${limit} in a page`, async () => {
      const pages: (readonly string[])[] = [];
      let after: string | undefined;
      do {
        const page = await pageOfMany({ limit, ...(after !== undefined && { after }) }, ask);
        pages.push(page.items);
        after = page.next;
      } while (after !== undefined);

      expect(pages.flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(pages.every((items) => items.length <= limit)).toBe(true);
    });
  }

  it('ends its search where a registry has pages and pages of nothing', async () => {
    let asked = 0;
    const page = await pageOfMany({ limit: 10 }, async () => {
      asked += 1;
      return { items: [], next: `${asked}` };
    });
    expect(page.items).toEqual([]);
    expect(page.next).toBe('0:100');
    expect(asked).toBe(100);
  });
});
