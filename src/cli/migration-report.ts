import type { MigrationReport } from '../api/migration/contract.ts';
import { counted, sizeBothWays } from './wording.ts';

/** What a migration did, and what is left to do. */
export function migrationInWords(report: MigrationReport): string {
  const { dryRun, blobs, bytes, tables, readOnlySeconds, lost, settings } = report;
  if (dryRun) {
    return [
      `Would copy ${counted(blobs, 'blob')}, ${sizeBothWays(bytes)}, and the facts.`,
      'The target answers and holds nothing else. Nothing was copied.',
    ].join('\n');
  }
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    `Moved ${counted(blobs, 'blob')}, ${sizeBothWays(bytes)}, and ${counted(rows, 'fact')} in ${counted(tables.length, 'table')}, all compared.`,
    `Nothing could be pushed for ${readOnlySeconds.toFixed(1)} seconds, and cannot until you start from there:`,
    ...settings.map((line) => `  ${line}`),
    'Set this where the server gets its environment, and restart it.',
    'Or go back, and stay here: havre migrate --resume-serving',
    ...(lost.length === 0
      ? []
      : [
          `The bytes of ${counted(lost.length, 'blob')} had been lost here; push their images again: ${lost.slice(0, 5).join(', ')}`,
        ]),
  ].join('\n');
}
