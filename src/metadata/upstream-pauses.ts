import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

const found = query((db, parameter: Parameter<{ upstream: string }>) =>
  db.selectFrom('upstream_pauses').select('paused_until as pausedUntil').where('upstream', '=', parameter('upstream')),
);

const saved = query((db, parameter: Parameter<{ upstream: string; until: number }>) =>
  db
    .insertInto('upstream_pauses')
    .values({ upstream: parameter('upstream'), paused_until: parameter('until') })
    .onConflict((conflict) =>
      conflict
        .column('upstream')
        .doUpdateSet({ paused_until: parameter('until') })
        .where('upstream_pauses.paused_until', '<', parameter('until')),
    ),
);

const ended = query((db, parameter: Parameter<{ now: number }>) =>
  db.deleteFrom('upstream_pauses').where('paused_until', '<=', parameter('now')),
);

/** Milliseconds since the epoch; `undefined`: it wants no pause. */
export async function findUpstreamPause(db: Queryable, upstream: string): Promise<number | undefined> {
  return (await db.first(found, { upstream }))?.pausedUntil;
}

/** The longer of two pauses counts; those that are over are forgotten. */
export async function saveUpstreamPause(
  tx: Transaction,
  pause: { readonly upstream: string; readonly until: number },
  now: number,
): Promise<void> {
  await tx.all(ended, { now });
  await tx.all(saved, pause);
}
