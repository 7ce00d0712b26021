import { describe, expect, it } from 'bun:test';
import { nextTime, ScheduleInvalidError } from './schedule.ts';

function after(cron: string, timeZone: string, time: string): string | undefined {
  return nextTime({ cron, timeZone }, new Date(time))?.toISOString();
}

describe('the next time of a schedule', () => {
  it('is by the clock of its time zone', () => {
    expect(after('30 3 * * *', 'UTC', '2026-11-20T03:30:00Z')).toBe('2026-11-21T03:30:00.000Z');
    expect(after('30 3 * * *', 'Europe/Paris', '2026-01-10T00:00:00Z')).toBe('2026-01-10T02:30:00.000Z');
    expect(after('30 3 * * *', 'Europe/Paris', '2026-07-10T00:00:00Z')).toBe('2026-07-10T01:30:00.000Z');
    expect(after('0 0 * * 0', 'America/New_York', '2026-11-20T00:00:00Z')).toBe('2026-11-22T05:00:00.000Z');
  });

  it('is right after the hour that is left out when clocks go forward', () => {
    const skipped = after('30 2 * * *', 'Europe/Paris', '2026-03-28T12:00:00Z');
    expect(skipped).toBe('2026-03-29T01:00:00.000Z');
    expect(after('30 2 * * *', 'Europe/Paris', skipped ?? '')).toBe('2026-03-30T00:30:00.000Z');
  });

  it('comes once when clocks go back', () => {
    const first = after('30 2 * * *', 'Europe/Paris', '2026-10-24T12:00:00Z');
    expect(first).toBe('2026-10-25T00:30:00.000Z');
    expect(after('30 2 * * *', 'Europe/Paris', first ?? '')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('is never, on a day that does not come', () => {
    expect(after('0 0 30 2 *', 'UTC', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it('is not of what is no schedule', () => {
    for (const [cron, zone] of [
      ['every day', 'UTC'],
      ['* * * * * *', 'UTC'],
      ['61 * * * *', 'UTC'],
      ['0 0 * * *', 'Mars/Olympus'],
    ] as const) {
      expect(() => nextTime({ cron, timeZone: zone }, new Date())).toThrow(ScheduleInvalidError);
    }
  });
});
