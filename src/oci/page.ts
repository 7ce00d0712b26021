import { PaginationInvalidError } from './errors.ts';

/** Which part of a list a client asks for. */
export interface Page {
  /** The most entries wanted; 0 is a page of none. */
  readonly n?: number;
  /** The entry before the page. It need not exist. */
  readonly last?: string;
}

/** More is asked for by some clients; they follow the `Link` of a shorter page. */
export const MAX_PAGE_ENTRIES = 10_000;

/**
 * Reads `n` and `last`; empty is absent.
 *
 * @throws {PaginationInvalidError} `n` is not a whole number, 0 or more.
 */
export function parsePage(query: URLSearchParams): Page {
  const n = query.get('n') ?? '';
  if (!/^\d*$/.test(n)) throw new PaginationInvalidError(n);
  const last = withoutNul(query.get('last') ?? '');
  return {
    ...(n === '' ? {} : { n: Math.min(Number(n), MAX_PAGE_ENTRIES) }),
    ...(last === '' ? {} : { last }),
  };
}

/** Databases refuse NUL. No tag and no name has one, so what comes after it decides nothing. */
function withoutNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul === -1 ? text : text.slice(0, nul);
}
