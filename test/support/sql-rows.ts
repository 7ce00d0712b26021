import type { Database } from '../../src/metadata/database.ts';
import type { Schema } from '../../src/metadata/schema.ts';

/** Every row of a table, as it is recorded, in the order in which rows came. */
export async function sqlRows(
  db: Database,
  table: keyof Schema,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await db.build((kysely) => kysely.selectFrom(table).selectAll());
  return rows.map((row) => ({ ...row }));
}
