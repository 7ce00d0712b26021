/** Hours of the day in which something may run, in minutes since midnight; they may go over midnight. */
export interface DailyWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
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
