import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

const byName = query((db, parameter: Parameter<{ name: string }>) =>
  db.selectFrom('bookmarks').select('value').where('name', '=', parameter('name')),
);

const saved = query((db, parameter: Parameter<{ name: string; value: string; now: number }>) =>
  db
    .insertInto('bookmarks')
    .values({ name: parameter('name'), value: parameter('value'), updated_at: parameter('now') })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: parameter('value'), updated_at: parameter('now') }),
    ),
);

const removed = query((db, parameter: Parameter<{ name: string }>) =>
  db.deleteFrom('bookmarks').where('name', '=', parameter('name')),
);

/** How far some work has come, in the words of whoever does it. */
export async function findBookmark(db: Queryable, name: string): Promise<string | undefined> {
  return (await db.first(byName, { name }))?.value;
}

export async function saveBookmark(tx: Transaction, name: string, value: string, now: Date): Promise<void> {
  await tx.all(saved, { name, value, now: now.getTime() });
}

export async function deleteBookmark(tx: Transaction, name: string): Promise<void> {
  await tx.all(removed, { name });
}
