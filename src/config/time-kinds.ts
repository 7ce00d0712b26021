import type { Kind } from './setting.ts';

/** Hours of the day in which something may run, in minutes since midnight; they may go over midnight. */
export interface DailyWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
}

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

export const dailyWindow: Kind<DailyWindow> = {
  expects: 'hours of the day such as 01:00-05:00',
  yaml: 'text',
  read(written) {
    const [, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(written) ?? [];
    if (fromHour === undefined) return undefined;
    const window = {
      fromMinute: Number(fromHour) * 60 + Number(fromMinute),
      toMinute: Number(toHour) * 60 + Number(toMinute),
    };
    return window.fromMinute === window.toMinute ? undefined : window;
  },
  hint: (written) => (/^\d:|-\d:/.test(written) ? 'Hours have two digits: 01:00.' : undefined),
};

/** As in the IANA database. */
export const timeZone: Kind<string> = {
  expects: 'a time zone such as Europe/Paris or UTC',
  yaml: 'text',
  read(written) {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: written }).resolvedOptions().timeZone;
    } catch {
      return undefined;
    }
  },
};
