import { Cron } from 'croner';

/** A schedule that cannot be followed; the message is for whoever wrote it. */
export class ScheduleInvalidError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export interface Schedule {
  /** Five fields, as cron has them, or `@daily` and the like. */
  readonly cron: string;
  /** Such as `Europe/Paris`; `UTC`. */
  readonly timeZone: string;
}

/**
 * When it is time next, strictly after a moment. Where clocks go forward, what would fall into the hour that is left out
 * comes right after it; where they go back, a time that comes twice counts once.
 *
 * @returns `undefined`: never again, such as on 30 February.
 * @throws {ScheduleInvalidError}
 */
export function nextTime({ cron, timeZone }: Schedule, after: Date): Date | undefined {
  checkTimeZone(timeZone);
  try {
    return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(after) ?? undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScheduleInvalidError(
      `${JSON.stringify(cron)} is no schedule: five fields, minute hour day month weekday, such as "30 3 * * *" (${reason}).`,
    );
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new ScheduleInvalidError(
      `${JSON.stringify(timeZone)} is no time zone: it is one of the IANA names, such as Europe/Paris, or UTC.`,
    );
  }
}
