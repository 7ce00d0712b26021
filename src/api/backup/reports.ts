import type { z } from 'zod';
import type { BackupReport as Made } from '../../backup/backup.ts';
import type { RestoreReport as Restored } from '../../backup/restore.ts';
import type { SnapshotDescription } from '../../backup/snapshots.ts';
import type { BackupReport, RestoreReport, snapshot } from './contract.ts';

export function backupReportOf({ description, pruned, ...made }: Made): BackupReport {
  return {
    ...made,
    holds: holdingsOf(description),
    lost: [...description.lost],
    pruned: { ...pruned, snapshots: [...pruned.snapshots] },
  };
}

export function restoreReportOf({ description, ...restored }: Restored): RestoreReport {
  return { ...restored, holds: holdingsOf(description) };
}

function holdingsOf({ version, createdAt, facts, content }: SnapshotDescription): z.output<typeof snapshot> {
  return { version, createdAt, factsBytes: facts.bytes, rows: { ...facts.rows }, ...content };
}
