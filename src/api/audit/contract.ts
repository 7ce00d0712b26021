import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { problemDocument } from '../problem-document.ts';

export type AuditEntry = z.output<typeof auditEntry>;
export type ChainReport = z.output<typeof chainReport>;
export type ChainFinding = ChainReport['findings'][number];

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** In the order in which a line of an export is hashed: see docs/audit.md. */
const recorded = {
  at: z.iso.datetime(),
  action: z.string().describe('What was done, such as `tag.moved`.'),
  outcome: z.enum(['done', 'refused', 'failed']),
  principal: z.object({
    id: z.string(),
    kind: z.string().describe('`user`, `token` or `anonymous`; `system` for work of our own.'),
    name: z.string(),
  }),
  source: z
    .string()
    .nullable()
    .describe('Address of the client; `null` for work of our own and on the machine itself.'),
  client: z.string().nullable().describe('What the client calls itself.'),
  requestId: z.string().nullable().describe('As in the log.'),
  repository: z.string().nullable(),
  digest: z.string().nullable(),
  tag: z.string().nullable(),
  details: z.record(z.string(), z.unknown()).nullable().describe('The rest, by action.'),
};

export const auditEntry = z.object({
  sequence: z.int().nullable().describe('Place in the chain; `null` until it is sealed, a second or so later.'),
  ...recorded,
  previousHash: z.string().nullable(),
  hash: z.string().nullable(),
});

const auditLine = z.object({ sequence: z.int(), ...recorded, previousHash: z.string(), hash: z.string() });

const filter = {
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional().describe('Not included.'),
  action: z
    .string()
    .regex(/^[a-z-]+\.(?:[a-z-]+|\*)$/)
    .optional()
    .describe('`tag.moved`, or `tag.*` for all of a subject.'),
  outcome: recorded.outcome.optional(),
  repository: z.string().min(1).max(255).optional(),
  tag: z.string().min(1).max(128).optional(),
  digest: z.string().min(1).max(255).optional(),
  principal: z.string().min(1).max(255).optional().describe('The name of a user or token, or an id.'),
};

const link = z.object({ sequence: count, hash });

export const chainReport = z.object({
  isIntact: z.boolean(),
  rows: count,
  first: link.nullable(),
  head: link.nullable().describe('The end of the chain: keep it elsewhere, and compare with it later.'),
  findings: z
    .array(
      z.object({
        kind: z.enum(['changed', 'gap', 'unlinked', 'beginning', 'time', 'truncated', 'other-head']),
        sequence: z.int(),
        problem: z.string(),
      }),
    )
    .describe('In the order of the chain, at most 100 of them.'),
  totalFindings: count,
});

export const listAudit = {
  method: 'GET',
  path: '/api/v1/audit',
  ability: 'read-audit',
  description:
    'Lists who did what, newest first. A page looks at 20,000 rows at most: it may be shorter than asked for, even empty, while there is a next one.',
  input: z.strictObject({ ...filter, ...pageInput }),
  output: z.object({ entries: z.array(auditEntry), next }),
} as const satisfies Contract;

export const exportAudit = {
  method: 'GET',
  path: '/api/v1/audit/export',
  ability: 'read-audit',
  description:
    'Gives what is sealed, in the order of the chain. Each line has the hash of its own bytes: kept as they are, they can be verified by anybody.',
  input: z.strictObject(filter),
  output: auditLine,
  reply: 'lines',
} as const satisfies Contract;

export const verifyAudit = {
  method: 'POST',
  path: '/api/v1/audit/verify',
  ability: 'read-audit',
  description:
    'Looks at the whole chain: whether each row is what was sealed, and none is missing. That none is missing at the end shows only in comparison with a head that was kept elsewhere.',
  input: z.strictObject({
    head: link.optional().describe('A head that was kept elsewhere.'),
  }),
  output: z.discriminatedUnion('event', [
    z.object({
      event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
      elapsedSeconds: z.number().nonnegative(),
      rows: count,
    }),
    z.object({ event: z.literal('done').describe('The last line.'), report: chainReport }),
    z.object({
      event: z.literal('failed').describe('The last line, when it failed half-way.'),
      problem: problemDocument,
    }),
  ]),
  reply: 'lines',
} as const satisfies Contract;
