import { query, type Parameter, type Queryable } from './database.ts';

const firstFrom = query((db, parameter: Parameter<{ sequence: number }>) =>
  db
    .selectFrom('audit')
    .select(['sequence', 'at'])
    .where('sequence', '>=', parameter('sequence'))
    .orderBy('sequence')
    .limit(1),
);

const last = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('audit').select('sequence').where('sequence', 'is not', null).orderBy('sequence', 'desc').limit(1),
);

/**
 * The place in the audit log from which on its rows are as young as that, as far as the clocks of those who wrote them
 * agree: found by halving, because the log is long and has no index of times.
 */
export async function findSequenceAt(db: Queryable, at: Date): Promise<number> {
  let low = 1;
  let high = ((await db.first(last, {}))?.sequence ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await db.first(firstFrom, { sequence: middle });
    if (row === undefined || row.at >= at.getTime()) high = middle;
    else low = (row.sequence ?? middle) + 1;
  }
  return low;
}
