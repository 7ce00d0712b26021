import type { QuotaKind } from '../metadata/quotas.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Such as `1.5 GiB`, or `12 tags`. */
export function amountInWords(kind: QuotaKind, amount: number): string {
  if (kind === 'bytes') return bytesInWords(amount);
  return amount === 1 ? `1 ${kind.slice(0, -1)}` : `${amount} ${kind}`;
}

function bytesInWords(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (Math.abs(amount) >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : Number(amount.toFixed(amount < 10 ? 2 : 1))} ${UNITS[unit] ?? ''}`;
}
