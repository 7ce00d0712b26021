import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { problemDocument } from '../problem-document.ts';

export type CollectionReport = z.output<typeof report>;
export type CollectionLine = z.output<typeof line>;

const count = z.int().nonnegative();

export const report = z.object({
  /** Nothing was changed: the numbers say what would go. */
  dryRun: z.boolean(),
  /** How long what was pushed, mounted or seen by a client is left alone. */
  graceSeconds: count,
  manifests: count,
  /** Blobs that a repository may no longer serve. */
  links: count,
  /** Blobs that no repository may serve any more: their bytes are freed. */
  blobs: count,
  /** Freed, in bytes. */
  bytes: count,
  /** Upload sessions that had stopped. */
  uploads: count,
  /** Files that a crash had left behind. */
  leftovers: count,
  /** What nothing refers to, and stays because it is younger than the grace time. */
  kept: z.object({ manifests: count, blobs: count, bytes: count }),
});

const line = z.discriminatedUnion('event', [
  /** Sent every second or so, also to keep the connection alive. */
  z.object({ event: z.literal('progress'), elapsedSeconds: z.number().nonnegative() }),
  /** The last line. */
  z.object({ event: z.literal('done'), report }),
  /** The last line, when it failed half-way: what went is gone, and the next run takes the rest. */
  z.object({ event: z.literal('failed'), problem: problemDocument }),
]);

/** One at a time. It stops, between two small steps, when the client goes away. */
export const collectGarbage = {
  method: 'POST',
  path: '/api/v1/garbage-collection',
  ability: 'collect-garbage',
  input: z.strictObject({
    dryRun: z.boolean().default(false),
    /** Manifests go too that have no tag and that no index or subject keeps. */
    deleteUntagged: z.boolean().default(false),
    /** Default: as configured. */
    graceSeconds: z.int().nonnegative().max(315_360_000).optional(),
  }),
  output: line,
  reply: 'lines',
} as const satisfies Contract;
