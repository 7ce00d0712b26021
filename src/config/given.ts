import type { NamedSetting } from './setting.ts';

/** A value that somebody wrote for a setting, before it is understood. */
export interface Given {
  readonly setting: NamedSetting;
  readonly text: string;
  /** As written there: a variable or a key path. */
  readonly name: string;
  /** `environment`, `command line`, `.env line 3`, `havre.yaml line 7`. */
  readonly place: string;
  /** Said in distribution's words. Ours, where both are there, count. */
  readonly isRegistry: boolean;
}

/** What there is to say about what was read, gathered so that all of it is said at once. */
export interface Findings {
  /** The start must not go on. */
  readonly problems: string[];
  /** The start goes on. */
  readonly warnings: string[];
}
