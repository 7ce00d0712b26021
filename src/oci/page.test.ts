import { describe, expect, it } from 'bun:test';
import { PaginationInvalidError } from './errors.ts';
import { parsePage } from './page.ts';

describe('parsePage', () => {
  const cases = [
    ['', {}],
    ['n=10', { n: 10 }],
    ['n=0', { n: 0 }],
    ['n=007', { n: 7 }],
    ['n=10&last=v9', { n: 10, last: 'v9' }],
    ['last=v9', { last: 'v9' }],
    ['last=a%2Fb', { last: 'a/b' }],
    ['n=&last=', {}],
    ['n=10000', { n: 10_000 }],
    ['n=10001', { n: 10_000 }],
    [`n=${'9'.repeat(400)}`, { n: 10_000 }],
    ['last=a%00b', { last: 'a' }],
    ['last=%00', {}],
    ['n=1&n=x', { n: 1 }],
    ['other=1', {}],
  ] as const;
  for (const [query, page] of cases) {
    it(`reads "${query.slice(0, 30)}"`, () => expect<unknown>(parsePage(new URLSearchParams(query))).toEqual(page));
  }

  for (const n of ['x', '-1', '1.5', '1e3', '0x10', '+5', '%2B5', ' 5', '5%0A', '٣', 'NaN', 'Infinity', '1,000']) {
    it(`refuses n=${n}`, () => {
      expect(() => parsePage(new URLSearchParams(`n=${n}`))).toThrow(PaginationInvalidError);
    });
  }
});
