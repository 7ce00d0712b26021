import { query, type Parameter, type Queryable } from './database.ts';

const firstSince = query((db, parameter: Parameter<{ at: number }>) =>
  db
    .selectFrom('audit')
    .select('sequence')
    .where('at', '>=', parameter('at'))
    .where('sequence', 'is not', null)
    .orderBy('at')
    .orderBy('id')
    .limit(1),
);

/** The place in the audit log of the first row that is as young as that; `undefined`: there is none. */
export async function findSequenceSince(db: Queryable, at: Date): Promise<number | undefined> {
  return (await db.first(firstSince, { at: at.getTime() }))?.sequence ?? undefined;
}
