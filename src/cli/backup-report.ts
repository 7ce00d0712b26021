import type { BackupReport, RestoreReport } from '../api/backup/contract.ts';
import { counted, sizeBothWays, timeInWords } from './wording.ts';

/** What a backup did, for people. */
export function backupInWords(report: BackupReport): string {
  const { place, snapshot, holds, copied, copiedBytes, kept, healed, lost, pruned } = report;
  return [
    `Snapshot ${snapshot} is in ${place}.`,
    `It holds ${holdsInWords(report)}, as of ${timeInWords(holds.createdAt)}.`,
    `Copied ${counted(copied, 'blob')}, ${sizeBothWays(copiedBytes)}; ${counted(kept, 'blob was', 'blobs were')} there already.`,
    ...(healed === 0 ? [] : [`Copied ${counted(healed, 'blob')} again that had been damaged in the backup.`]),
    ...(pruned.snapshots.length === 0
      ? []
      : [
          `Removed ${counted(pruned.snapshots.length, 'old snapshot')} and ${counted(pruned.blobs, 'blob')} of ${sizeBothWays(pruned.bytes)}.`,
        ]),
    'Keep it as safe as the registry: it holds hashes of passwords, and the key of its bearer tokens.',
    ...lostInWords(lost, 'The registry has lost', 'What to do: havre verify'),
  ].join('\n');
}

export function restoreInWords(report: RestoreReport): string {
  const { place, snapshot, holds, copied, copiedBytes, kept, lost } = report;
  return [
    `Restored snapshot ${snapshot} of ${place}.`,
    `There are ${holdsInWords(report)}, as of ${timeInWords(holds.createdAt)}.`,
    `Copied ${counted(copied, 'blob')}, ${sizeBothWays(copiedBytes)}; ${counted(kept, 'blob was', 'blobs were')} there of an earlier run.`,
    ...lostInWords(lost, 'The backup does not have', 'Push their images again: clients send what is missing.'),
    'Start it: havre serve',
  ].join('\n');
}

function holdsInWords({ holds: { rows, blobs, bytes } }: Pick<BackupReport, 'holds'>): string {
  return [
    counted(rows['repositories'] ?? 0, 'repository', 'repositories'),
    counted(rows['tags'] ?? 0, 'tag'),
    counted(rows['manifests'] ?? 0, 'manifest'),
    `${counted(blobs, 'blob')} of ${sizeBothWays(bytes)}`,
  ].join(', ');
}

/** More than fit on a screen are in `--json`. */
const SHOWN = 10;

function lostInWords(lost: readonly string[], who: string, remedy: string): string[] {
  if (lost.length === 0) return [];
  const more = lost.length - SHOWN;
  return [
    `${who} the bytes of ${counted(lost.length, 'blob')}:`,
    ...lost.slice(0, SHOWN).map((digest) => `  ${digest}`),
    ...(more > 0 ? [`  and ${more} more, which --json names`] : []),
    remedy,
  ];
}
