import type { EgressAnswer } from './egress.ts';

/** What an upstream says of how much it lets us ask. Times are by our clock, in milliseconds since the epoch. */
export interface RateLimit {
  readonly limit: number | undefined;
  readonly remaining: number;
  /** When it lets us ask all of the limit again. */
  readonly resetsAt: number | undefined;
  readonly windowSeconds: number | undefined;
}

export type Answer = Pick<EgressAnswer, 'status' | 'headers'>;

/** Larger numbers in a header are points in time, not spans. */
const FIRST_TIME_SECONDS = 1_000_000_000;
const FIRST_TIME_MILLISECONDS = 1_000_000_000_000;
/** Longer is a mistake, or a trap: nobody is left alone for more than a day on their word. */
const LONGEST_MILLISECONDS = 24 * 3600 * 1000;
/** What GitHub asks for where it says nothing, and others do not mind. */
const DEFAULT_PAUSE_MILLISECONDS = 60_000;

/**
 * Reads `ratelimit-*` (Docker Hub: `100;w=21600`; GitLab) and `x-ratelimit-*` (GitHub, the API of Docker Hub).
 *
 * @returns `undefined`: nothing is said, so nothing is counted.
 */
export function rateLimitOf({ headers }: Answer, now: number): RateLimit | undefined {
  for (const prefix of ['ratelimit-', 'x-ratelimit-']) {
    const remaining = quantity(headers.get(`${prefix}remaining`));
    if (remaining === undefined) continue;
    const limit = quantity(headers.get(`${prefix}limit`));
    const windowSeconds = limit?.windowSeconds ?? remaining.windowSeconds;
    const resetsAt = timeOf(headers.get(`${prefix}reset`), now);
    return { limit: limit?.count, remaining: remaining.count, resetsAt, windowSeconds };
  }
  return undefined;
}

/** Whether an answer says that too much was asked. GitHub says so by a 403. */
export function isThrottled({ status, headers }: Answer): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining')?.trim() === '0');
}

/**
 * Until when an upstream wants to be left alone, by our clock: `Retry-After` in seconds or as a date, `X-Retry-After` as a
 * point in time (Docker Hub), else when its window ends.
 *
 * @returns `undefined`: it does not want to.
 */
export function pauseOf(answer: Answer, now: number): number | undefined {
  const { headers, status } = answer;
  const asked = timeOf(headers.get('retry-after'), now) ?? timeOf(headers.get('x-retry-after'), now);
  if (!isThrottled(answer)) return status === 503 ? asked : undefined;
  const limit = rateLimitOf(answer, now);
  const spent = limit?.remaining === 0 ? limit : undefined;
  const until = asked ?? spent?.resetsAt ?? now + (onceOf(spent) ?? DEFAULT_PAUSE_MILLISECONDS);
  return Math.max(now, until);
}

/** A window without an end slides: in it, one request more is let through after each such span. */
export function onceOf(limit: RateLimit | undefined): number | undefined {
  if (limit?.windowSeconds === undefined || limit.limit === undefined || limit.limit === 0) return undefined;
  return Math.min((limit.windowSeconds * 1000) / limit.limit, LONGEST_MILLISECONDS);
}

/** How far their clock is ahead of ours, in milliseconds. */
export function skewOf(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : date - now;
}

interface Quantity {
  readonly count: number;
  readonly windowSeconds: number | undefined;
}

function quantity(text: string | undefined): Quantity | undefined {
  const [, count, window] = /^\s*(\d{1,12})\b(?:.*?;\s*w=(\d{1,9}))?/.exec(text ?? '') ?? [];
  if (count === undefined) return undefined;
  return { count: Number(count), windowSeconds: window === undefined ? undefined : Number(window) };
}

/** A span in seconds, a date, or a point in time in seconds or milliseconds since the epoch. */
function timeOf(text: string | undefined, now: number): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  const time = /^\d+(?:\.\d+)?$/.test(trimmed) ? timeOfNumber(Number(trimmed), now) : Date.parse(trimmed);
  if (Number.isNaN(time) || time < now - LONGEST_MILLISECONDS) return undefined;
  return Math.min(time, now + LONGEST_MILLISECONDS);
}

function timeOfNumber(number: number, now: number): number {
  if (number >= FIRST_TIME_MILLISECONDS) return number;
  return number >= FIRST_TIME_SECONDS ? number * 1000 : now + number * 1000;
}
