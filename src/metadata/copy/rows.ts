import { PostgresAdapter, sql, type Kysely, type RawBuilder } from 'kysely';
import type { Built, Queryable } from '../database.ts';
import type { Schema } from '../schema.ts';
import { columnsOf, type CopiedTable } from './copied-tables.ts';

export type Value = string | number | Uint8Array | null;
export type Row = Readonly<Record<string, Value>>;

/** Of manifests in one statement, in bytes. */
const CONTENT_PER_STATEMENT = 8 * 1024 * 1024;

/** Parameters in one statement: SQLite takes 32 766, PostgreSQL 65 535. */
const MOST_PARAMETERS = 30_000;

/** The rows behind `after` in the order of the key, as the engine sorts it; of `columns`, or all of them. */
export function readStretch(
  db: Queryable,
  table: CopiedTable,
  stretch: { readonly after: Row | undefined; readonly rows: number },
): Promise<readonly Row[]> {
  const keys = columnsOf(table, 'key');
  const columns = columnsOf(table, 'key', 'value');
  const { after, rows } = stretch;
  const behind = after === undefined ? sql`` : sql`where ${tuple(keys)} > ${valuesOf(after, keys)}`;
  return run(
    db,
    () => sql`select ${list(columns)} from ${sql.table(table.name)} ${behind} order by ${list(keys)} limit ${rows}`,
  );
}

/** Of these rows, those that the database has under their keys, as it has them. Content is left out. */
export async function findSame(db: Queryable, table: CopiedTable, rows: readonly Row[]): Promise<readonly Row[]> {
  const keys = columnsOf(table, 'key');
  const columns = columnsOf(table, 'key', 'value');
  const found: Row[] = [];
  for (const part of inParts(rows, keys.length)) {
    found.push(
      ...(await run(
        db,
        (kysely) => sql`select ${list(columns)} from ${sql.table(table.name)} where ${among(kysely, keys, part)}`,
      )),
    );
  }
  return found;
}

/** Inserts, or puts in the place of what is there under the same key. */
export async function writeRows(db: Queryable, table: CopiedTable, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(table.columns);
  const keys = columnsOf(table, 'key');
  const others = columns.filter((name) => !keys.includes(name));
  const update =
    others.length === 0
      ? sql`do nothing`
      : sql`do update set ${sql.join(others.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`))}`;
  for (const part of inParts(rows, columns.length)) {
    const values = sql.join(part.map((row) => valuesOf(row, columns)));
    await run(db, (kysely) => {
      // Numbers that the database gives by itself are said here, so that a copy has those of the original.
      const overriding = table.isNumbered && isPostgres(kysely) ? sql`overriding system value` : sql``;
      return sql`insert into ${sql.table(table.name)} (${list(columns)}) ${overriding} values ${values}
        on conflict (${list(keys)}) ${update}`;
    });
  }
}

export async function deleteRows(db: Queryable, table: CopiedTable, rows: readonly Row[]): Promise<void> {
  const keys = columnsOf(table, 'key');
  for (const part of inParts(rows, keys.length)) {
    await run(db, (kysely) => sql`delete from ${sql.table(table.name)} where ${among(kysely, keys, part)}`);
  }
}

export async function deleteAll(db: Queryable, table: CopiedTable): Promise<void> {
  await run(db, () => sql`delete from ${sql.table(table.name)}`);
}

export async function isEmpty(db: Queryable, table: CopiedTable): Promise<boolean> {
  return (await readStretch(db, table, { after: undefined, rows: 1 })).length === 0;
}

/** These rows with their content, as many at a time as fit in a few megabytes. */
export async function* readContentsInGroups(
  db: Queryable,
  table: CopiedTable,
  rows: readonly Row[],
): AsyncGenerator<readonly Row[], void> {
  if (rows.length === 0) return;
  for (const group of groupsOf(await contentSizes(db, table, rows))) yield await readContents(db, table, group);
}

/** How long the content of each row is, in bytes, by the one column of its key. */
async function contentSizes(
  db: Queryable,
  table: CopiedTable,
  rows: readonly Row[],
): Promise<readonly { readonly row: Row; readonly bytes: number }[]> {
  const [key = ''] = columnsOf(table, 'key');
  const [content = ''] = columnsOf(table, 'content');
  const wanted = sql.join(rows.map((row) => row[key] ?? null));
  const sizes = await run(
    db,
    () => sql`select ${sql.ref(key)}, octet_length(${sql.ref(content)}) as bytes
      from ${sql.table(table.name)} where ${sql.ref(key)} in (${wanted})`,
  );
  return sizes.map((size) => ({ row: size, bytes: Number(size['bytes']) }));
}

/** These rows with their content. */
function readContents(db: Queryable, table: CopiedTable, rows: readonly Row[]): Promise<readonly Row[]> {
  const keys = columnsOf(table, 'key');
  const columns = Object.keys(table.columns);
  return run(
    db,
    (kysely) => sql`select ${list(columns)} from ${sql.table(table.name)} where ${among(kysely, keys, rows)}`,
  );
}

/** Each as much as one statement should carry. */
function* groupsOf(contents: readonly { readonly row: Row; readonly bytes: number }[]): Iterable<readonly Row[]> {
  let group: Row[] = [];
  let total = 0;
  for (const { row, bytes } of contents) {
    if (group.length > 0 && total + bytes > CONTENT_PER_STATEMENT) {
      yield group;
      group = [];
      total = 0;
    }
    group.push(row);
    total += bytes;
  }
  if (group.length > 0) yield group;
}

/** The next number is one more than the highest there is. SQLite sees to that by itself. */
export async function countOn(db: Queryable, table: CopiedTable): Promise<void> {
  await run(db, (kysely) =>
    isPostgres(kysely)
      ? sql`select setval(pg_get_serial_sequence(${table.name}, 'id'), greatest(max(id), 1), max(id) is not null)
          from ${sql.table(table.name)}`
      : sql`select 1 where false`,
  );
}

/** The key of a row as text, the same on both engines. */
export function keyText(table: CopiedTable, row: Row): string {
  return JSON.stringify(columnsOf(table, 'key').map((name) => plain(row[name] ?? null)));
}

/** Numbers of 64 bits come as numbers from one engine and may come otherwise from another. */
export function plain(value: Value): string | number | null {
  if (value instanceof Uint8Array) return new Bun.CryptoHasher('sha256').update(value).digest('hex');
  return typeof value === 'bigint' ? Number(value) : value;
}

function isPostgres(kysely: Kysely<Schema>): boolean {
  return kysely.getExecutor().adapter instanceof PostgresAdapter;
}

function run(db: Queryable, make: (kysely: Kysely<Schema>) => RawBuilder<unknown>): Promise<readonly Row[]> {
  // What these statements give back is said by the columns they name; no type of Kysely's can know.
  return db.build((kysely) => ({ compile: () => make(kysely).compile(kysely) }) as Built<Row>);
}

function list(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((name) => sql.ref(name)));
}

function tuple(columns: readonly string[]): RawBuilder<unknown> {
  return columns.length === 1 ? list(columns) : sql`(${list(columns)})`;
}

/**
 * By a query of values, which both engines join by the index: a list of tuples is not known to SQLite, and PostgreSQL
 * makes a thousand conditions of it. Without their types it would take all of them for texts.
 */
function among(kysely: Kysely<Schema>, keys: readonly string[], rows: readonly Row[]): RawBuilder<unknown> {
  const typed = isPostgres(kysely) ? typedValue : (value: Value) => sql`${value}`;
  const wanted = sql.join(rows.map((row) => sql`(${sql.join(keys.map((name) => typed(row[name] ?? null)))})`));
  return sql`${tuple(keys)} in (values ${wanted})`;
}

function typedValue(value: Value): RawBuilder<unknown> {
  return typeof value === 'string' ? sql`cast(${value} as text)` : sql`cast(${value} as bigint)`;
}

function valuesOf(row: Row, columns: readonly string[]): RawBuilder<unknown> {
  return sql`(${sql.join(columns.map((name) => row[name] ?? null))})`;
}

function* inParts(rows: readonly Row[], parametersOfRow: number): Iterable<readonly Row[]> {
  const size = Math.max(1, Math.floor(MOST_PARAMETERS / parametersOfRow));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
