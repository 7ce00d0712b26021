import { InvalidArgumentError } from 'commander';

const SECONDS_BY_UNIT: ReadonlyMap<string, number> = new Map([
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['y', 31_536_000],
]);

export type Expiry = Date | 'never';

/**
 * When something ends: `30d` from now, at the end of the day `2026-12-31` (UTC), at an RFC 3339 time, or `never`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseExpiry(text: string, now: Date): Expiry {
  if (text === 'never') return text;
  const [, amount, unit = ''] = /^([1-9]\d{0,5})([a-z])$/.exec(text) ?? [];
  const seconds = SECONDS_BY_UNIT.get(unit);
  if (amount !== undefined && seconds !== undefined) return new Date(now.getTime() + Number(amount) * seconds * 1000);
  const time = parseTime(text);
  if (time === undefined) {
    throw new InvalidArgumentError('It must be like 30d (m, h, d, w, y), a date such as 2026-12-31, or never.');
  }
  if (time <= now) throw new InvalidArgumentError('That is in the past.');
  return time;
}

function parseTime(text: string): Date | undefined {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (!isDate && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text))
    return undefined;
  const time = new Date(isDate ? `${text}T23:59:59Z` : text);
  if (Number.isNaN(time.getTime())) return undefined;
  // 31 February is the 3rd of March to `Date`, and a mistake to everybody else.
  return !isDate || time.toISOString().startsWith(text) ? time : undefined;
}
