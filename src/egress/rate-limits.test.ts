import { describe, expect, it } from 'bun:test';
import { isThrottled, onceOf, pauseOf, rateLimitOf } from './rate-limits.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const SECOND = 1000;

function answer(status: number, headers: Record<string, string>) {
  return { status, headers: new Map(Object.entries(headers)) };
}

describe('what is left', () => {
  it('is said by Docker Hub for pulls, in a window that slides', () => {
    const said = rateLimitOf(
      answer(200, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '20;w=21600' }),
      NOW,
    );
    expect(said).toEqual({ limit: 100, remaining: 20, resetsAt: undefined, windowSeconds: 21_600 });
    expect(onceOf(said)).toBe(216 * SECOND);
  });

  it('is said by GitHub and the API of Docker Hub, with a point in time', () => {
    const reset = String(NOW / SECOND + 600);
    const headers = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': reset };
    const resetsAt = NOW + 600 * SECOND;
    expect(rateLimitOf(answer(200, headers), NOW)).toMatchObject({ limit: 5000, remaining: 4999, resetsAt });
  });

  it('is said with a span, as a draft has it, or in milliseconds', () => {
    const said = (reset: string) =>
      rateLimitOf(answer(200, { 'ratelimit-remaining': '1', 'ratelimit-reset': reset }), NOW)?.resetsAt;
    expect(said('30')).toBe(NOW + 30 * SECOND);
    expect(said(String(NOW + 5))).toBe(NOW + 5);
  });

  it('is not said in what cannot be read', () => {
    expect(rateLimitOf(answer(200, {}), NOW)).toBeUndefined();
    expect(rateLimitOf(answer(200, { 'x-ratelimit-remaining': 'many' }), NOW)).toBeUndefined();
    expect(rateLimitOf(answer(200, { 'x-ratelimit-remaining': '1'.repeat(1000) }), NOW)).toBeUndefined();
    const odd = answer(200, { 'ratelimit-remaining': '3', 'ratelimit-limit': '-1', 'ratelimit-reset': 'soon' });
    expect(rateLimitOf(odd, NOW)).toEqual({
      limit: undefined,
      remaining: 3,
      resetsAt: undefined,
      windowSeconds: undefined,
    });
  });
});

describe('a pause', () => {
  const until = (status: number, headers: Record<string, string>): number | undefined => {
    const pause = pauseOf(answer(status, headers), NOW);
    return pause === undefined ? undefined : (pause - NOW) / SECOND;
  };

  it('is asked for in seconds, by a date, or by a point in time', () => {
    expect(until(429, { 'retry-after': '7' })).toBe(7);
    expect(until(429, { 'retry-after': 'Sun, 01 Mar 2026 12:00:09 GMT' })).toBe(9);
    expect(until(429, { 'x-retry-after': String(NOW / SECOND + 11) })).toBe(11);
    expect(until(503, { 'retry-after': '7' })).toBe(7);
  });

  it('lasts until the window ends, where nothing else is said, or a minute', () => {
    const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / SECOND + 20) };
    expect(until(403, spent)).toBe(20);
    expect(until(429, spent)).toBe(20);
    expect(until(429, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' })).toBe(216);
    expect(until(429, {})).toBe(60);
  });

  it('is asked for by the secondary limit of GitHub, but by no other 403', () => {
    expect(until(403, { 'retry-after': '30' })).toBe(30);
    expect(isThrottled(answer(403, { 'x-ratelimit-remaining': '12' }))).toBe(false);
    expect(until(403, {})).toBeUndefined();
    expect(until(200, { 'retry-after': '30' })).toBeUndefined();
    expect(until(500, {})).toBeUndefined();
  });

  it('is neither in the past nor longer than a day, whatever is asked', () => {
    expect(until(429, { 'retry-after': 'Sun, 01 Mar 2026 11:59:00 GMT' })).toBe(0);
    expect(until(429, { 'retry-after': '999999999' })).toBe(24 * 3600);
    expect(until(429, { 'retry-after': '1e300' })).toBe(60);
    expect(until(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(60);
  });
});
