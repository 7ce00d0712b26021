import { describe, expect, it } from 'bun:test';
import { isWithin } from './window.ts';

const at = (time: string): Date => new Date(`2026-07-02T${time}:00Z`);

describe('the hours of a collection', () => {
  const cases = [
    ['01:00 to 05:00', { fromMinute: 60, toMinute: 300 }, 'UTC', ['01:00', '04:59'], ['00:59', '05:00', '23:00']],
    ['22:00 to 04:00', { fromMinute: 1320, toMinute: 240 }, 'UTC', ['22:00', '00:00', '03:59'], ['04:00', '21:59']],
    // Summer: two hours ahead of UTC.
    [
      '01:00 to 05:00 in Paris',
      { fromMinute: 60, toMinute: 300 },
      'Europe/Paris',
      ['23:00', '02:59'],
      ['03:00', '12:00'],
    ],
  ] as const;
  for (const [name, window, zone, inside, outside] of cases) {
    it(`are ${name}`, () => {
      expect(inside.filter((time) => !isWithin(window, zone, at(time)))).toEqual([]);
      expect(outside.filter((time) => isWithin(window, zone, at(time)))).toEqual([]);
    });
  }
});
