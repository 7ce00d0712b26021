import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { count, moveProgress } from '../move-contract.ts';
import { problemDocument } from '../problem-document.ts';

export type MigrationReport = z.output<typeof migrationReport>;

export const migrationReport = z.object({
  dryRun: z.boolean().describe('Nothing was changed.'),
  blobs: count,
  bytes: count,
  copied: count.describe('Blobs copied while nobody could push; the others were there by then.'),
  lost: z.array(z.string()).describe('Blobs whose bytes the registry had lost: the target does not have them either.'),
  tables: z
    .array(z.object({ table: z.string(), rows: count, digest: z.string() }))
    .describe('What was found the same in both databases. The digest is the sum of the SHA-256 of every row.'),
  readOnlySeconds: z.number().nonnegative().describe('How long nothing could be pushed, until all was there.'),
  settings: z
    .array(z.string())
    .describe('What the next start needs, as environment variables. Passwords are left out.'),
});

export const migrateRegistry = {
  method: 'POST',
  path: '/api/v1/migration',
  ability: 'move-up',
  description:
    'Copies this registry to another database and another store while serving, then makes it read-only for the rest, and leaves it so: what is pushed afterwards belongs to the target. Whoever stops reading before the end stops it, and the registry is open again. Only on the control socket.',
  input: z.strictObject({
    toDatabase: z.string().optional().describe('`postgres://user:password@host:5432/name`'),
    toData: z.string().optional().describe('Or an empty data folder, whose SQLite takes the facts.'),
    toStorage: z
      .string()
      .optional()
      .describe('`s3://bucket/prefix?endpoint=…` or a folder. Default: bytes stay where they are, or go to `toData`.'),
    dryRun: z.boolean().default(false),
  }),
  output: z.discriminatedUnion('event', [
    moveProgress,
    z.object({ event: z.literal('done').describe('The last line.'), report: migrationReport }),
    z.object({
      event: z.literal('failed').describe('The last line, when it failed: the registry is open, the next run goes on.'),
      problem: problemDocument,
    }),
  ]),
  reply: 'lines',
  recordedAs: { subject: 'migration', details: ['toData', 'toStorage', 'dryRun'] },
} as const satisfies Contract;

export const resumeServing = {
  method: 'DELETE',
  path: '/api/v1/migration',
  ability: 'move-up',
  description:
    'Opens a registry for writing again that was moved, for whoever decided against it. Only on the control socket.',
  input: z.strictObject({}),
  output: z.object({ wasReadOnly: z.boolean() }),
} as const satisfies Contract;
