import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { count, moveProgress } from '../move-contract.ts';
import { problemDocument } from '../problem-document.ts';

export type { MoveProgressLine } from '../move-contract.ts';

export type BackupReport = z.output<typeof backupReport>;
export type RestoreReport = z.output<typeof restoreReport>;
export type RestoreLine = z.output<typeof restoreLine>;

export const snapshot = z
  .object({
    version: z.string().describe('Of the program that made it.'),
    createdAt: z.iso.datetime().describe('The moment whose facts it holds.'),
    factsBytes: count,
    rows: z.record(z.string(), count).describe('How many of each table.'),
    blobs: count,
    bytes: count.describe('Of the blobs.'),
  })
  .describe('What the snapshot holds.');

export const backupReport = z.object({
  place: z.string(),
  snapshot: z.string().describe('Its name: the time, such as `20261120T234510Z`.'),
  holds: snapshot,
  copied: count,
  copiedBytes: count,
  kept: count.describe('Blobs that were in the backup already.'),
  keptBytes: count,
  healed: count.describe('Blobs that were damaged in the backup, and were copied again.'),
  lost: z
    .array(z.string())
    .describe('Blobs whose bytes the registry has lost: the backup cannot have them. `havre verify` says more.'),
  pruned: z.object({ snapshots: z.array(z.string()), blobs: count, bytes: count }),
});

export const restoreReport = z.object({
  place: z.string(),
  snapshot: z.string(),
  holds: snapshot,
  copied: count,
  copiedBytes: count,
  kept: count.describe('Blobs that an interrupted restore had brought already.'),
  lost: z.array(z.string()).describe('Blobs that the backup does not have.'),
});

const failed = z.object({
  event: z.literal('failed').describe('The last line, when it failed half-way: the next run goes on from there.'),
  problem: problemDocument,
});

export const restoreLine = z.discriminatedUnion('event', [
  moveProgress,
  z.object({ event: z.literal('done').describe('The last line.'), report: restoreReport }),
  failed,
]);

export const makeBackup = {
  method: 'POST',
  path: '/api/v1/backups',
  ability: 'make-backups',
  description:
    'Copies the facts of one moment and exactly the bytes they name, while serving. One at a time. It stops when the client goes away, and the next one goes on. Only on the control socket: it writes where the server may write, and what it writes holds hashes of passwords and keys.',
  input: z.strictObject({
    target: z.string().min(1).describe('A folder, absolute, or `s3://bucket/prefix?endpoint=…`.'),
    keep: z.int().positive().max(1_000_000).optional().describe('Snapshots that stay, this one counted. Default: all.'),
    verify: z.boolean().default(false).describe('Read what is in the backup already, and heal it.'),
  }),
  output: z.discriminatedUnion('event', [
    moveProgress,
    z.object({ event: z.literal('done').describe('The last line.'), report: backupReport }),
    failed,
  ]),
  reply: 'lines',
  recordedAs: { subject: 'backup', details: ['target', 'keep', 'verify'] },
  problems: { 409: ['BACKUP_RUNNING'] },
} as const satisfies Contract;
