import type { ConnectionState } from './connection.ts';
import type { StoredConnection, StoredProblem } from './stored.ts';

const DAY = 86_400_000;

/** Before a secret ends, people are told so often. */
const REMINDER_DAYS = [14, 7, 1] as const;

/** What is in the way for a while, and says nothing of whether the credentials are good. */
export function isPassing({ diagnosis }: StoredProblem): boolean {
  return diagnosis === 'rate-limited' || diagnosis === 'paused';
}

type Judged = Pick<StoredConnection, 'settings' | 'problem' | 'reminded'> & {
  readonly row: Pick<
    StoredConnection['row'],
    'secret' | 'secretSetAt' | 'expiresAt' | 'checkedAt' | 'succeededAt' | 'failures'
  >;
};

/** How a connection is, by what is known of it and what time it is. */
export function stateAt({ row, settings, problem }: Judged, rotateAfterDays: number, now: Date): ConnectionState {
  const time = now.getTime();
  if (row.secret !== null && row.expiresAt !== null && row.expiresAt <= time) return 'expired';
  if (row.checkedAt === null) return 'unchecked';
  if (problem?.diagnosis === 'token-expired') return 'expired';
  if (problem !== undefined && !isPassing(problem)) return 'failing';
  if (row.succeededAt === null) return 'unchecked';
  const isEnding = row.secret !== null && row.expiresAt !== null && row.expiresAt - time <= warningOf(row);
  const isOld = dueAt({ row, settings }, rotateAfterDays) <= time;
  return isEnding || isOld ? 'expiring' : 'valid';
}

/** Something that is told once for each secret. */
export interface Reminder {
  /** `expiry-14`, `rotation-90` */
  readonly key: string;
  readonly reason: 'expiry' | 'rotation';
  /** When it ends, or was due to be replaced. */
  readonly at: Date;
}

/** What is to be said now and was not: of several that are due, the last one alone, and the others count as said. */
export function remindersAt(
  connection: Judged,
  rotateAfterDays: number,
  now: Date,
): { readonly told: readonly Reminder[]; readonly reminded: readonly string[] } {
  const { row, reminded } = connection;
  const time = now.getTime();
  if (row.secret === null) return { told: [], reminded };
  const told: Reminder[] = [];
  const all = new Set(reminded);
  const { expiresAt } = row;
  if (expiresAt !== null) {
    const due = REMINDER_DAYS.filter((days) => isReminded(row, days) && expiresAt - time <= days * DAY).map(
      (days) => `expiry-${days}`,
    );
    const last = due.at(-1);
    if (last !== undefined && !all.has(last)) told.push({ key: last, reason: 'expiry', at: new Date(expiresAt) });
    for (const key of due) all.add(key);
  }
  const rotationAt = dueAt(connection, rotateAfterDays);
  const key = `rotation-${connection.settings.rotateAfterDays ?? rotateAfterDays}`;
  if (rotationAt <= time && !all.has(key)) {
    told.push({ key, reason: 'rotation', at: new Date(rotationAt) });
    all.add(key);
  }
  return { told, reminded: [...all] };
}

/** The next moment at which the state changes by itself, or something is to be said; `Infinity`: none. */
export function nextMoment(connection: Judged, rotateAfterDays: number, now: Date): number {
  const { row } = connection;
  if (row.secret === null) return Infinity;
  const { expiresAt } = row;
  const moments = [dueAt(connection, rotateAfterDays)];
  if (expiresAt !== null) {
    moments.push(expiresAt, expiresAt - warningOf(row));
    for (const days of REMINDER_DAYS) if (isReminded(row, days)) moments.push(expiresAt - days * DAY);
  }
  return Math.min(...moments.filter((moment) => moment > now.getTime()));
}

/** When the secret is due to be replaced because of its age. */
function dueAt({ row, settings }: Pick<Judged, 'settings'> & { row: Judged['row'] }, rotateAfterDays: number): number {
  const days = settings.rotateAfterDays ?? rotateAfterDays;
  return row.secret === null || days === 0 ? Infinity : row.secretSetAt + days * DAY;
}

/** Two weeks before, and for what lives no longer than four, when half of its life is over. */
function warningOf({ secretSetAt, expiresAt }: Pick<Judged['row'], 'secretSetAt' | 'expiresAt'>): number {
  return Math.min(REMINDER_DAYS[0] * DAY, ((expiresAt ?? Infinity) - secretSetAt) / 2);
}

/** Who gives out something for a week is not told at once that it ends in one. */
function isReminded(row: Pick<Judged['row'], 'secretSetAt' | 'expiresAt'>, days: number): boolean {
  return row.expiresAt !== null && row.expiresAt - row.secretSetAt > days * DAY;
}
