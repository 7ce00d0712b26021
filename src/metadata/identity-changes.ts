import { query, type Parameter, type Queryable } from './database.ts';

const numbers = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('identity_changes').select(['topic', 'number']),
);

/** How often users, tokens, grants and keys changed, by topic. The database itself counts, where nodes share it. */
export async function countIdentityChanges(db: Queryable): Promise<ReadonlyMap<string, number>> {
  return new Map((await db.all(numbers, {})).map(({ topic, number }) => [topic, number]));
}
