import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Making a formatter takes longer than formatting; a table asks for hundreds. */
const made = new Map<string, unknown>();

function once<Formatter>(key: string, make: () => Formatter): Formatter {
  const known = made.get(key) as Formatter | undefined;
  if (known !== undefined) return known;
  const formatter = make();
  made.set(key, formatter);
  return formatter;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** `1.4 MB`, as disks and clouds count. */
export function formatBytes(bytes: number, language: string): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = once(`bytes ${step} ${language}`, () => {
    const unit = UNITS[step];
    const maximumFractionDigits = step === 0 ? 0 : 1;
    return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits });
  });
  return format.format(bytes / 1000 ** step);
}

export function formatNumber(number: number, language: string): string {
  return once(`number ${language}`, () => new Intl.NumberFormat(language)).format(number);
}

export function formatDate(at: Date, language: string): string {
  const options = { day: '2-digit', month: '2-digit', year: 'numeric' } as const;
  return once(`date ${language}`, () => new Intl.DateTimeFormat(language, options)).format(at);
}

export function formatTime(at: Date, language: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return once(`time ${language}`, () => new Intl.DateTimeFormat(language, options)).format(at);
}

const STEPS = [
  { unit: 'second', seconds: 1, below: 60 },
  { unit: 'minute', seconds: 60, below: 3600 },
  { unit: 'hour', seconds: 3600, below: 86_400 },
  { unit: 'day', seconds: 86_400, below: 30 * 86_400 },
  { unit: 'month', seconds: 30.44 * 86_400, below: 365 * 86_400 },
  { unit: 'year', seconds: 365.25 * 86_400, below: Infinity },
] as const;

/** `2 hours ago`, `in 3 days`. */
export function formatAgo(at: Date, now: Date, language: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const step = STEPS.find(({ below }) => Math.abs(seconds) < below) ?? STEPS[0];
  const format = once(`ago ${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  return format.format(Math.round(seconds / step.seconds), step.unit);
}

/** The same, in the language of the page. It is another one only when the language is. */
export function useFormat() {
  const { language } = useTranslation().i18n;
  return useMemo(
    () => ({
      bytes: (bytes: number) => formatBytes(bytes, language),
      number: (number: number) => formatNumber(number, language),
      date: (iso: string) => formatDate(new Date(iso), language),
      time: (iso: string) => formatTime(new Date(iso), language),
      ago: (iso: string) => formatAgo(new Date(iso), new Date(), language),
    }),
    [language],
  );
}
