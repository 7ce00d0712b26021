import type { Database, Queryable } from '../database.ts';
import { regatherMembers } from '../quota-members.ts';
import { columnsOf, COPIED_TABLES, type CopiedTable } from './copied-tables.ts';
import {
  countOn,
  deleteAll,
  deleteRows,
  findSame,
  isEmpty,
  keyText,
  plain,
  readContentsInGroups,
  readStretch,
  writeRows,
  type Row,
} from './rows.ts';

export interface CopyFactsOptions {
  /** Default: all of {@link COPIED_TABLES}. */
  readonly tables?: readonly CopiedTable[];
  /** Called at each stretch, with how many rows were looked at. */
  readonly onRows?: (table: string, rows: number) => void;
  readonly signal?: AbortSignal;
}

/** A few milliseconds of a SQLite that serves, and enough to make the way to a PostgreSQL worth it. */
const ROWS_PER_STRETCH = 1000;

/**
 * Makes the tables of `to` what they are in `from`, whatever the engines. An empty table is filled; in any other only
 * what differs is written and what is too much is removed, so that a second run costs little more than reading, and one
 * that was interrupted goes on.
 *
 * @param from must not change meanwhile: a snapshot, or a database that nobody writes.
 */
export async function copyFacts(from: Queryable, to: Database, options: CopyFactsOptions = {}): Promise<void> {
  for (const table of options.tables ?? COPIED_TABLES) {
    if (await isEmpty(to, table)) await fill({ from, to, table, options });
    else if (table.isWhole) await replace({ from, to, table, options });
    else await adapt({ from, to, table, options });
    if (table.isNumbered) await to.transaction((tx) => countOn(tx, table));
    // Who counts for them is written down when a quota is made, which these were elsewhere.
    if (table.name === 'quotas') await to.transaction(regatherMembers);
  }
}

interface TableCopy {
  readonly from: Queryable;
  readonly to: Database;
  readonly table: CopiedTable;
  readonly options: CopyFactsOptions;
}

async function fill(copy: TableCopy): Promise<void> {
  for await (const rows of stretches(copy.from, copy)) await write(copy, rows);
}

/** In one transaction: its few rows are never seen half-way. */
async function replace(copy: TableCopy): Promise<void> {
  const rows: Row[] = [];
  for await (const stretch of stretches(copy.from, copy)) rows.push(...stretch);
  await copy.to.transaction(async (tx) => {
    await deleteAll(tx, copy.table);
    await writeRows(tx, copy.table, rows);
  });
}

/** What is too much goes first: its name may be wanted by what comes. */
async function adapt(copy: TableCopy): Promise<void> {
  const { from, to, table } = copy;
  for await (const rows of stretches(to, copy)) {
    const kept = keysOf(table, await findSame(from, table, rows));
    const extra = rows.filter((row) => !kept.has(keyText(table, row)));
    if (extra.length > 0) await to.transaction((tx) => deleteRows(tx, table, extra), { durable: false });
  }
  for await (const rows of stretches(from, copy)) {
    const same = new Set((await findSame(to, table, rows)).map((row) => rowText(table, row)));
    const changed = rows.filter((row) => !same.has(rowText(table, row)));
    if (changed.length > 0) await write(copy, changed);
  }
}

async function write({ from, to, table }: TableCopy, rows: readonly Row[]): Promise<void> {
  if (columnsOf(table, 'content').length === 0) {
    await to.transaction((tx) => writeRows(tx, table, rows), { durable: false });
    return;
  }
  for await (const contents of readContentsInGroups(from, table, rows)) {
    await to.transaction((tx) => writeRows(tx, table, contents), { durable: false });
  }
}

/** From one end of the table to the other, with a turn of the event loop for everybody else after each stretch. */
export async function* stretches(
  db: Queryable,
  { table, options }: Pick<TableCopy, 'table' | 'options'>,
): AsyncGenerator<readonly Row[], void> {
  let after: Row | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await readStretch(db, table, { after, rows: ROWS_PER_STRETCH });
    after = rows.at(-1);
    if (after === undefined) return;
    yield rows;
    options.onRows?.(table.name, rows.length);
    if (rows.length < ROWS_PER_STRETCH) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

function keysOf(table: CopiedTable, rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.map((row) => keyText(table, row)));
}

function rowText(table: CopiedTable, row: Row): string {
  return JSON.stringify(columnsOf(table, 'key', 'value').map((name) => plain(row[name] ?? null)));
}
