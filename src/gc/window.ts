/** The time of the day in which something may run, in minutes since midnight; it may go over midnight. */
export interface DailyWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
}

const WRITTEN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** Reads `01:00-05:00`. @returns `undefined` when it is none, or one of no length. */
export function parseWindow(text: string): DailyWindow | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = WRITTEN.exec(text) ?? [];
  if (fromHour === undefined) return undefined;
  const window = {
    fromMinute: Number(fromHour) * 60 + Number(fromMinute),
    toMinute: Number(toHour) * 60 + Number(toMinute),
  };
  return window.fromMinute === window.toMinute ? undefined : window;
}

/** @param timeZone as in the IANA database, such as `Europe/Paris`. */
export function isWithin({ fromMinute, toMinute }: DailyWindow, timeZone: string, now: Date): boolean {
  const minute = minuteOfDay(timeZone, now);
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

function minuteOfDay(timeZone: string, now: Date): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const [hour = '0', minute = '0'] = format.format(now).split(':');
  return Number(hour) * 60 + Number(minute);
}
