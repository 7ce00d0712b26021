import { describe, expect, it } from 'bun:test';
import { earliestEnd, statedEnd } from './stated-end.ts';

const PUSHED = new Date('2026-11-20T10:00:00Z');

describe('what a manifest says of its end', () => {
  const durations = [
    ['90s', 90],
    ['30m', 1800],
    ['12h', 43_200],
    ['2d', 172_800],
    ['3w', 1_814_400],
    [' 1h ', 3600],
  ] as const;
  for (const [text, afterSeconds] of durations) {
    it(`is ${afterSeconds} seconds after the push for ${JSON.stringify(text)}`, () => {
      expect(statedEnd({ 'quay.expires-after': text })).toEqual({ afterSeconds, faults: [] });
      expect(statedEnd({ 'io.havre.expires-after': text })).toEqual({ afterSeconds, faults: [] });
    });
  }

  for (const text of ['0h', '1', 'h', '1y', '-1h', '1.5h', '1h30m', 'never', '99999999999h']) {
    it(`is nothing for ${text}, and whoever pushes hears of it`, () => {
      const { faults, ...end } = statedEnd({ 'quay.expires-after': text });
      expect(end).toEqual({});
      expect(faults).toEqual([`quay.expires-after is no duration such as 12h, 3d or 2w: ${JSON.stringify(text)}`]);
    });
  }

  it('is nothing where there is nothing, or nothing in it', () => {
    expect(statedEnd(undefined, {}, { 'quay.expires-after': '' })).toEqual({ faults: [] });
  });

  it('is a moment, with its time zone', () => {
    const { at } = statedEnd({ 'io.havre.expires-at': '2026-11-20T12:00:00+01:00' });
    expect(at?.toISOString()).toBe('2026-11-20T11:00:00.000Z');
    for (const text of ['2026-11-20', 'tomorrow', '2026-13-20T12:00:00Z', '2026-11-20T12:00:00']) {
      expect(statedEnd({ 'io.havre.expires-at': text })).toMatchObject({
        faults: [expect.stringContaining('no time')],
      });
    }
  });

  it('is the earliest of all', () => {
    const annotations = { 'io.havre.expires-after': '2h', 'io.havre.expires-at': '2026-11-20T10:30:00Z' };
    const stated = statedEnd(annotations, { 'quay.expires-after': '1h' });
    expect(stated).toMatchObject({ afterSeconds: 3600, at: new Date('2026-11-20T10:30:00Z') });
    expect(earliestEnd(PUSHED, [stated, { afterSeconds: 7200 }])).toBe(Date.parse('2026-11-20T10:30:00Z'));
    expect(earliestEnd(PUSHED, [{}, {}])).toBeNull();
  });

  it('is for ever above a hundred years', () => {
    expect(statedEnd({ 'quay.expires-after': '9999w' })).toEqual({ faults: [] });
  });
});
