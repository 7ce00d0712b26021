import { UsageError } from './cli-error.ts';

const SECONDS_BY_WORD: ReadonlyMap<string, number> = new Map([
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
]);

const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** `2 hours ago`, `a week ago`, `yesterday`, or a time such as `2026-11-20 12:00` (UTC where it says no zone). */
export function parsePastTime(text: string, now: Date): Date | undefined {
  if (text === 'yesterday') return new Date(now.getTime() - 86_400_000);
  const { amount, unit } = /^(?<amount>\d{1,6}|an?) (?<unit>[a-z]+?)s? ago$/.exec(text)?.groups ?? {};
  const seconds = SECONDS_BY_WORD.get(unit ?? '');
  if (amount !== undefined && seconds !== undefined) {
    const count = amount.startsWith('a') ? 1 : Number(amount);
    return new Date(now.getTime() - count * seconds * 1000);
  }
  if (!TIME.test(text)) return undefined;
  const hasZone = /[T ].*(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = new Date(hasZone || !/[T ]/.test(text) ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * The value of an option that names a time, as RFC 3339 in UTC; `undefined` where the option is not given.
 *
 * @throws {UsageError}
 */
export function pastTimeOption(option: string, text: string | undefined, now: Date): string | undefined {
  if (text === undefined) return undefined;
  const time = parsePastTime(text, now);
  if (time !== undefined) return time.toISOString();
  throw new UsageError(
    `${option} ${text}: it must be a time such as 2026-11-20, 2026-11-20T10:00:00Z or '2 hours ago'.`,
  );
}
