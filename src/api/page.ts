import { z } from 'zod';

/** What every list takes: keyset pages, whose cost does not grow with what comes before. */
export const pageInput = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('The most items on this page.'),
  after: z.string().max(1000).optional().describe('Where the page begins: `next` of the page before.'),
};

/** Where the next page begins; `null` on the last one. */
export const next = z.string().nullable().describe('`after` of the next page; `null` on the last one.');
