import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

interface Scheduled {
  readonly schedule: string | null;
  readonly timeZone: string;
}

/** What most schedules are; the others are shown as they are written. */
type Rhythm =
  | { readonly kind: 'hourly'; readonly minute: number }
  | { readonly kind: 'daily'; readonly time: Time }
  | { readonly kind: 'weekly'; readonly time: Time; readonly weekday: number }
  | { readonly kind: 'monthly'; readonly time: Time; readonly day: number };

interface Time {
  readonly hour: number;
  readonly minute: number;
}

const NUMBER = /^\d+$/;

/** @returns `undefined` where it is none of these. */
export function rhythmOf(schedule: string): Rhythm | undefined {
  const [minutes = '', hours = '', day = '', month = '', weekday = '', ...more] = schedule.trim().split(/\s+/);
  if (!NUMBER.test(minutes) || month !== '*' || more.length > 0) return undefined;
  const minute = Number(minutes);
  if (hours === '*' && day === '*' && weekday === '*') return { kind: 'hourly', minute };
  if (!NUMBER.test(hours)) return undefined;
  const time = { hour: Number(hours), minute };
  if (day === '*' && weekday === '*') return { kind: 'daily', time };
  if (day === '*' && NUMBER.test(weekday)) return { kind: 'weekly', time, weekday: Number(weekday) % 7 };
  if (weekday === '*' && NUMBER.test(day)) return { kind: 'monthly', time, day: Number(day) };
  return undefined;
}

/** A schedule, in the language of the page. */
export function useScheduleWords(): (scheduled: Scheduled) => string {
  const { t, i18n } = useTranslation('policies');
  return useCallback(
    ({ schedule, timeZone }) => {
      if (schedule === null) return t('schedule.never');
      const rhythm = rhythmOf(schedule);
      if (rhythm === undefined) return `${schedule} (${timeZone})`;
      if (rhythm.kind === 'hourly') return t('schedule.hourly', { minute: twoDigits(rhythm.minute) });
      const time = `${twoDigits(rhythm.time.hour)}:${twoDigits(rhythm.time.minute)} (${timeZone})`;
      if (rhythm.kind === 'daily') return t('schedule.daily', { time });
      if (rhythm.kind === 'monthly') return t('schedule.monthly', { day: rhythm.day, time });
      return t('schedule.weekly', { weekday: weekdayName(rhythm.weekday, i18n.language), time });
    },
    [t, i18n.language],
  );
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** @param weekday 0 is Sunday, which the 4th of January 1970 was. */
function weekdayName(weekday: number, language: string): string {
  const day = new Date(Date.UTC(1970, 0, 4 + weekday));
  return new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(day);
}
