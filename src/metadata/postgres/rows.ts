import type { BoundValue } from '../compiled-query.ts';

/** Object ids of PostgreSQL's types whose values come as text, because not all of them fit into a number. */
const WIDE_NUMBERS: ReadonlySet<number> = new Set([20, 1700]); // int8, numeric: bigint columns, count(*), sum(bigint)
const BYTES = 17;

/** What the driver answers: rows, and what it knows of their columns. */
export interface Answer extends ReadonlyArray<Record<string, unknown>> {
  readonly columns?: readonly { readonly name: string; readonly type: number }[];
  readonly command?: string | null;
}

/**
 * The rows as SQLite would give them: numbers are numbers, bytes are `Uint8Array`.
 *
 * @throws {RangeError} a number that JavaScript cannot hold exactly: none of ours is that large.
 */
export function rowsOf(answer: Answer): readonly unknown[] {
  const { columns = [] } = answer;
  for (const { name, type } of columns) {
    if (WIDE_NUMBERS.has(type)) convert(answer, name, exactNumber);
    else if (type === BYTES) convert(answer, name, plainBytes);
  }
  return Array.from(answer);
}

/** Numbers go as text: PostgreSQL then takes the type from the column, whatever the size of this number. */
export function valuesToSend(values: readonly BoundValue[]): unknown[] {
  return values.map((value) => {
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? withoutZeros(value) : value;
  });
}

/**
 * PostgreSQL refuses zeros in text, and clients may ask for anything (`?last=%00`). No name of ours has one, nor the
 * character after it: so it names as little, and comes before the same names.
 */
function withoutZeros(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u0001') : text;
}

function convert(rows: Answer, column: string, conversion: (value: unknown) => unknown): void {
  for (const row of rows) if (row[column] !== null) row[column] = conversion(row[column]);
}

function exactNumber(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a number in the database is larger than any of ours');
  return number;
}

function plainBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}
