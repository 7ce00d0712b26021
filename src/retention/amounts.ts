import { DAY } from './measures.ts';

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY,
  w: 7 * DAY,
};

/**
 * `30d`, `12h`, `1d12h`, `1.5h`: milliseconds, or `undefined` when it is not a duration.
 *
 * @param units those allowed, of ms, s, m, h, d, w.
 */
export function parseDuration(text: string, units: readonly string[] = ['s', 'm', 'h', 'd', 'w']): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?[a-z]{1,2})+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)([a-z]{1,2})/g)) {
    const milliseconds = UNIT_MILLISECONDS[unit];
    if (milliseconds === undefined || !units.includes(unit)) return undefined;
    total += Number(amount) * milliseconds;
  }
  return total;
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** `50GiB`, `500 MB`, `1024`: bytes, or `undefined` when it is not a size. */
export function parseSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?i?b)?$/i.exec(text.trim()) ?? [];
  const factor = SIZE_UNITS[unit === '' ? 'B' : unit.toUpperCase()];
  return amount === '' || factor === undefined ? undefined : Math.round(Number(amount) * factor);
}
