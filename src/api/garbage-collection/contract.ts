import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { problemDocument } from '../problem-document.ts';

export type CollectionReport = z.output<typeof report>;
export type CollectionLine = z.output<typeof line>;

/** The phases of a collection. */
const PHASES = [
  'leftovers',
  'expired',
  'untagged',
  'orphans',
  'trash',
  'links',
  'blobs',
  'contents',
  'details',
  'pulls',
  'repositories',
  'uploads',
  'sweep',
] as const;

const count = z.int().nonnegative();

export const report = z.object({
  dryRun: z.boolean().describe('Nothing was changed: the numbers say what would go.'),
  graceSeconds: count.describe('How long what was pushed, mounted or seen by a client is left alone.'),
  expired: count.describe('Images whose time was over. They are in the trash.'),
  manifests: count.describe('Manifests that nothing kept. They are in the trash.'),
  purged: count.describe('Deletions that can no longer be undone: their time was over, or it was asked for.'),
  links: count.describe('Blobs that a repository may no longer serve.'),
  blobs: count.describe('Blobs that no repository may serve any more: their bytes are freed.'),
  bytes: count.describe('Of those blobs and of leftovers.'),
  freedAfterSeconds: count.describe(
    'The bytes of blobs are freed so long after this at the earliest, because another node or a client may be reading them. 0: they are freed.',
  ),
  uploads: count.describe('Upload sessions that had stopped.'),
  leftovers: count.describe('Files that a crash had left behind.'),
  kept: z
    .object({ manifests: count, blobs: count, bytes: count })
    .describe('What nothing refers to, and stays because it is younger than the grace time.'),
  trash: z
    .object({ entries: count, blobs: count, bytes: count })
    .describe('What can be restored, and how much that alone keeps.'),
});

const line = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
    elapsedSeconds: z.number().nonnegative(),
    phase: z.enum(PHASES).optional().describe('What it is at; they come in this order.'),
    share: z.number().min(0).max(1).optional().describe('How much of the phase is done, about.'),
  }),
  z.object({ event: z.literal('done').describe('The last line.'), report }),
  z.object({
    event: z
      .literal('failed')
      .describe('The last line, when it failed half-way: what went is gone, and the next run takes the rest.'),
    problem: problemDocument,
  }),
]);

export const collectGarbage = {
  method: 'POST',
  path: '/api/v1/garbage-collection',
  ability: 'collect-garbage',
  description:
    'Collects garbage, while serving. One at a time: what runs by itself makes room. It stops, between two small steps, when the client goes away, and the next one goes on there.',
  input: z.strictObject({
    dryRun: z.boolean().default(false),
    deleteUntagged: z
      .boolean()
      .default(false)
      .describe('Manifests go to the trash, too, that have no tag and that no index or subject keeps.'),
    purge: z
      .boolean()
      .default(false)
      .describe('What is in the trash goes for good, also what could still be restored.'),
    graceSeconds: z.int().nonnegative().max(315_360_000).optional().describe('Default: as configured.'),
  }),
  output: line,
  reply: 'lines',
  recordedAs: { subject: 'garbage-collection', details: ['dryRun', 'deleteUntagged', 'purge', 'graceSeconds'] },
} as const satisfies Contract;
