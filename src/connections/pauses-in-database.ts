import type { SharedPauses } from '../egress/shared-pauses.ts';
import type { Database } from '../metadata/database.ts';
import { findUpstreamPause, saveUpstreamPause } from '../metadata/upstream-pauses.ts';

/** Pauses that the nodes of a database tell each other of. */
export function pausesInDatabase(db: Database, now: () => Date): SharedPauses {
  return {
    find: async (upstream) => await findUpstreamPause(db, upstream),
    tell: async (upstream, until) => {
      // One that is lost with the machine is asked for again.
      await db.transaction((tx) => saveUpstreamPause(tx, { upstream, until }, now().getTime()), { durable: false });
    },
  };
}
