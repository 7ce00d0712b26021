import type { Database } from '../../metadata/database.ts';
import { deleteStaleSessions } from '../../metadata/sessions.ts';

/** Removes what is left of sessions that ended by themselves. @returns how many there were. */
export function sweepSessions(database: Database, idleSeconds: number, now: Date): Promise<number> {
  const idleSince = new Date(now.getTime() - idleSeconds * 1000);
  return database.transaction((tx) => deleteStaleSessions(tx, now, idleSince), { durable: false });
}
