/** Labels and annotations: texts by name. */
type Texts = Readonly<Record<string, string>> | undefined;

/** Quay's: a duration, counted from the push. A label of the image's config, or an annotation. */
export const QUAY_EXPIRES_AFTER = 'quay.expires-after';
/** Ours: the same. */
export const EXPIRES_AFTER = 'io.havre.expires-after';
/** Ours: a moment, as RFC 3339 writes it. */
export const EXPIRES_AT = 'io.havre.expires-at';

const NAMES: readonly string[] = [QUAY_EXPIRES_AFTER, EXPIRES_AFTER, EXPIRES_AT];

/** Is this the name of a label or annotation that says when something ends? */
export function isStatedEnd(name: string): boolean {
  return NAMES.includes(name);
}

/** What a manifest says of its own end. */
export interface StatedEnd {
  /** After each push. */
  readonly afterSeconds?: number;
  /** Whenever it is pushed. */
  readonly at?: Date;
  /** What could not be read, for whoever pushes. */
  readonly faults: readonly string[];
}

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** A hundred years: longer is for ever. */
const LONGEST_SECONDS = 100 * 365 * 86_400;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** The earliest of all that it says. What cannot be read is as if it were not there, as Quay has it. */
export function statedEnd(...texts: readonly Texts[]): StatedEnd {
  const durations: number[] = [];
  const moments: Date[] = [];
  const faults: string[] = [];
  for (const text of texts) {
    for (const name of [QUAY_EXPIRES_AFTER, EXPIRES_AFTER]) {
      const value = text?.[name];
      if (value === undefined || value.trim() === '') continue;
      const seconds = parseDuration(value);
      if (seconds === undefined) faults.push(`${name} is no duration such as 12h, 3d or 2w: ${shown(value)}`);
      else durations.push(seconds);
    }
    const value = text?.[EXPIRES_AT];
    if (value === undefined || value.trim() === '') continue;
    const moment = parseMoment(value);
    if (moment === undefined) faults.push(`${EXPIRES_AT} is no time such as 2030-01-31T12:00:00Z: ${shown(value)}`);
    else moments.push(moment);
  }
  const [first] = moments.toSorted((one, other) => one.getTime() - other.getTime());
  const afterSeconds = Math.min(...durations);
  return {
    ...(afterSeconds < LONGEST_SECONDS && { afterSeconds }),
    ...(first !== undefined && { at: first }),
    faults,
  };
}

/** The earliest end, in milliseconds since the epoch; `null`: none. */
export function earliestEnd(pushedAt: Date, ends: readonly { afterSeconds?: number; at?: Date }[]): number | null {
  const moments = ends.flatMap(({ afterSeconds, at }) => [
    ...(afterSeconds === undefined ? [] : [pushedAt.getTime() + afterSeconds * 1000]),
    ...(at === undefined ? [] : [at.getTime()]),
  ]);
  return moments.length === 0 ? null : Math.min(...moments);
}

function parseDuration(text: string): number | undefined {
  const { count, unit } = /^(?<count>\d{1,9})(?<unit>[smhdw])$/.exec(text.trim())?.groups ?? {};
  const seconds = Number(count) * (SECONDS_BY_UNIT[unit ?? ''] ?? Number.NaN);
  return seconds > 0 ? seconds : undefined;
}

function parseMoment(text: string): Date | undefined {
  const trimmed = text.trim();
  const moment = new Date(trimmed);
  return RFC_3339.test(trimmed) && !Number.isNaN(moment.getTime()) ? moment : undefined;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
