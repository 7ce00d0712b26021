export type Level = 'ok' | 'warn' | 'fail';

/** What looking at one thing came to. */
export interface Finding {
  /** What was looked at, such as `disk`. */
  readonly about: string;
  readonly level: Level;
  /** A sentence. */
  readonly message: string;
  /** What to do, as a sentence; none when all is well. */
  readonly advice?: string;
}

export function ok(about: string, message: string): Finding {
  return { about, level: 'ok', message };
}

/** It works, and may not do so for long, or not as somebody thinks. */
export function warn(about: string, message: string, advice: string): Finding {
  return { about, level: 'warn', message, advice };
}

/** It does not work. */
export function fail(about: string, message: string, advice: string): Finding {
  return { about, level: 'fail', message, advice };
}
