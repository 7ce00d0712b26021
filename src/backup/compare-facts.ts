import { COPIED_TABLES, type CopiedTable } from '../metadata/copy/copied-tables.ts';
import type { CopyFactsOptions } from '../metadata/copy/copy-facts.ts';
import { fingerprintOf, type TableFingerprint } from '../metadata/copy/table-fingerprint.ts';
import type { Queryable } from '../metadata/database.ts';
import { BackupError } from './backup-error.ts';

/**
 * Reads both, and compares them row by row in effect.
 *
 * @returns what each table holds.
 * @throws {BackupError} a table is not the same.
 */
export async function compareFacts(
  left: Queryable,
  right: Queryable,
  options: CopyFactsOptions & { readonly tables?: readonly CopiedTable[] },
): Promise<readonly TableFingerprint[]> {
  const same: TableFingerprint[] = [];
  for (const table of options.tables ?? COPIED_TABLES) {
    const [original, copy] = [await fingerprintOf(left, table, options), await fingerprintOf(right, table, options)];
    if (original.digest !== copy.digest || original.rows !== copy.rows) {
      throw new BackupError(
        'COPY_DIFFERS',
        `Table ${table.name} has ${original.rows} rows and its copy ${copy.rows}, or they are not the same: does somebody write to the target? Run it again.`,
      );
    }
    same.push(original);
  }
  return same;
}
