import { describe, expect, it } from 'bun:test';
import { parsePastTime } from './past-time.ts';

const NOW = new Date('2026-11-20T10:00:00Z');

describe('a time in the past', () => {
  const cases = [
    ['2 hours ago', '2026-11-20T08:00:00.000Z'],
    ['1 minute ago', '2026-11-20T09:59:00.000Z'],
    ['an hour ago', '2026-11-20T09:00:00.000Z'],
    ['a week ago', '2026-11-13T10:00:00.000Z'],
    ['yesterday', '2026-11-19T10:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01 12:30', '2026-11-01T12:30:00.000Z'],
    ['2026-11-01T12:30:00+02:00', '2026-11-01T10:30:00.000Z'],
  ] as const;
  for (const [text, expected] of cases) {
    it(`is ${expected} for ${text}`, () => expect(parsePastTime(text, NOW)?.toISOString()).toBe(expected));
  }

  for (const text of ['', 'soon', '2 moons ago', '2026-13-01', 'hours ago', '-2 hours ago']) {
    it(`is none for ${JSON.stringify(text)}`, () => expect(parsePastTime(text, NOW)).toBeUndefined());
  }
});
