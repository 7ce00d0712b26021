import { z } from 'zod';

export type MoveProgressLine = z.output<typeof moveProgress>;

export const count = z.int().nonnegative();

/** How far a backup, a restore or a migration is. */
export const moveProgress = z.object({
  event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
  elapsedSeconds: z.number().nonnegative(),
  phase: z
    .enum(['facts', 'content', 'checking', 'finishing'])
    .describe('What is copied now; `checking`: what was copied is compared with the original.'),
  blobs: count,
  bytes: count.describe('Of the blobs that are done. What was there already counts.'),
  totalBlobs: count,
  totalBytes: count,
  rows: count.describe('Looked at in this phase.'),
});
