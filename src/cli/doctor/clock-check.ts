import { stat } from 'node:fs/promises';
import { durationInWords } from '../wording.ts';
import { fail, ok, warn, type Finding } from './check.ts';

export interface ClockFacts {
  readonly now: Date;
  /** When something was last written to the data folder, by this clock or an earlier setting of it. */
  readonly lastWritten?: Date;
  /** What another machine says the time is. */
  readonly elsewhere?: { readonly time: Date; readonly name: string };
}

const ABOUT = 'clock';
/** This program is younger than that: a clock that says otherwise was never set. */
const PROGRAM_WRITTEN = new Date('2026-11-01T00:00:00Z');
/** Networks are slow, and `Date` headers have no fractions. */
const TOLERATED_SECONDS = 60;
const ADVICE = 'Set the clock (timedatectl set-ntp true): tokens and certificates begin and end by it.';

export async function lastWritten(path: string): Promise<Date | undefined> {
  try {
    return (await stat(path)).mtime;
  } catch {
    return undefined;
  }
}

export function checkClock({ now, lastWritten: written, elsewhere }: ClockFacts): Finding {
  if (now < PROGRAM_WRITTEN) return fail(ABOUT, `The clock says ${inUtc(now)}, which is long over.`, ADVICE);
  if (written !== undefined && secondsAhead(written, now) > TOLERATED_SECONDS) {
    return fail(ABOUT, `The clock says ${inUtc(now)}, and the data folder was written at ${inUtc(written)}.`, ADVICE);
  }
  const difference = elsewhere === undefined ? 0 : Math.abs(secondsAhead(elsewhere.time, now));
  if (elsewhere !== undefined && difference > TOLERATED_SECONDS) {
    const by = durationInWords(Math.round(difference));
    return warn(ABOUT, `The clock and that of ${elsewhere.name} differ by ${by}.`, ADVICE);
  }
  return ok(ABOUT, `It is ${inUtc(now)}.`);
}

function secondsAhead(time: Date, of: Date): number {
  return (time.getTime() - of.getTime()) / 1000;
}

function inUtc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
