import type { Queryable } from '../database.ts';
import { columnsOf, type CopiedTable } from './copied-tables.ts';
import { stretches, type CopyFactsOptions } from './copy-facts.ts';
import { plain, readContentsInGroups, type Row } from './rows.ts';

/** What a table holds, in few words: equal for equal rows, whatever the engine and its order of texts. */
export interface TableFingerprint {
  readonly table: string;
  readonly rows: number;
  /** The sum of the SHA-256 of every row, in hex. */
  readonly digest: string;
}

const MODULUS = 1n << 256n;

/** @param db must not change meanwhile. */
export async function fingerprintOf(
  db: Queryable,
  table: CopiedTable,
  options: CopyFactsOptions = {},
): Promise<TableFingerprint> {
  let rows = 0;
  let sum = 0n;
  const add = (row: Row): void => {
    rows += 1;
    const text = JSON.stringify(Object.keys(table.columns).map((name) => plain(row[name] ?? null)));
    sum = (sum + BigInt(`0x${new Bun.CryptoHasher('sha256').update(text).digest('hex')}`)) % MODULUS;
  };
  const hasContent = columnsOf(table, 'content').length > 0;
  for await (const stretch of stretches(db, { table, options })) {
    if (!hasContent) stretch.forEach(add);
    else for await (const contents of readContentsInGroups(db, table, stretch)) contents.forEach(add);
  }
  return { table: table.name, rows, digest: sum.toString(16).padStart(64, '0') };
}
