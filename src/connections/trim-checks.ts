import { trimConnectionChecks } from '../metadata/connection-checks.ts';
import { walkConnections } from '../metadata/connections.ts';
import type { Database } from '../metadata/database.ts';

const AT_ONCE = 20;

/** Forgets all but the newest checks of each connection. */
export async function trimChecks(db: Database, kept: number, signal: AbortSignal): Promise<void> {
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const rows = await walkConnections(db, after, AT_ONCE);
    await db.transaction(async (tx) => {
      for (const { id } of rows) await trimConnectionChecks(tx, id, kept);
    });
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
