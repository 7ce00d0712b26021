import { describe, expect, it } from 'bun:test';
import { parseExpiry } from './expiry.ts';

const NOW = new Date('2026-11-20T10:00:00Z');

describe('an end', () => {
  const good = [
    ['30m', '2026-11-20T10:30:00.000Z'],
    ['12h', '2026-11-20T22:00:00.000Z'],
    ['30d', '2026-12-20T10:00:00.000Z'],
    ['2w', '2026-12-04T10:00:00.000Z'],
    ['1y', '2027-11-20T10:00:00.000Z'],
    ['2026-12-31', '2026-12-31T23:59:59.000Z'],
    ['2026-11-20', '2026-11-20T23:59:59.000Z'],
    ['2026-12-31T08:00:00Z', '2026-12-31T08:00:00.000Z'],
    ['2026-12-31T08:00+02:00', '2026-12-31T06:00:00.000Z'],
  ] as const;
  for (const [text, expected] of good) {
    it(`can be ${text}`, () => expect(parseExpiry(text, NOW)).toEqual(new Date(expected)));
  }

  it('can be never', () => expect(parseExpiry('never', NOW)).toBe('never'));

  const wrong = ['', '0d', '-1d', '30', '30 d', '1.5d', '30days', '2026-02-31', '2026-13-01', '31.12.2026', 'tomorrow'];
  for (const text of [...wrong, '9999999d', '2026-12-31T25:00Z', '2026-12-31 08:00Z', 'NEVER']) {
    it(`cannot be ${JSON.stringify(text)}`, () => expect(() => parseExpiry(text, NOW)).toThrow('It must be like 30d'));
  }

  for (const text of ['2026-11-19', '2026-11-20T09:59:59Z']) {
    it(`cannot be over: ${text}`, () => expect(() => parseExpiry(text, NOW)).toThrow('in the past'));
  }
});
