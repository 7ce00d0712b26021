import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { count } from '../move-contract.ts';
import { problemDocument } from '../problem-document.ts';

export type VerificationLine = z.output<typeof verifyRegistry.output>;
export type VerificationReport = z.output<typeof verificationReport>;
export type VerificationFinding = z.output<typeof finding>;

const check = z
  .enum(['blobs', 'leftovers', 'references', 'manifests'])
  .describe('Bytes of blobs; bytes that nobody names; facts about facts; manifests and what they need.');

export const finding = z.object({
  kind: z.enum([
    'bytes-lost',
    'bytes-cut',
    'bytes-corrupt',
    'leftover',
    'copy-found',
    'manifest-lost',
    'manifest-corrupt',
    'contents-wrong',
    'blob-unlinked',
    'child-missing',
    'tag-dangling',
    'link-dangling',
    'ownerless',
    'trash-dangling',
  ]),
  subject: z.string().describe('What it is about: a digest, `team/app:v1`, a key of the store.'),
  problem: z.string(),
  repair: z.string().nullable().describe('What a repair would do; `null` where only people can help.'),
});

export const verificationReport = z.object({
  full: z.boolean(),
  checked: z.object({ blobs: count, leftovers: count, references: count, manifests: count }),
  bytes: count.describe('Read.'),
  findings: count,
  repaired: count,
  remaining: count.describe('Findings that were not repaired.'),
});

export const verifyRegistry = {
  method: 'POST',
  path: '/api/v1/verification',
  ability: 'verify-content',
  description:
    'Compares facts with bytes, while serving: what comes and goes meanwhile is looked at again before it is told. It stops when the client goes away.',
  input: z.strictObject({
    full: z.boolean().default(false).describe('Read all bytes and compare them with their digests.'),
    repair: z.boolean().default(false).describe('Do, at the end, what the findings say would be done.'),
  }),
  output: z.discriminatedUnion('event', [
    z.object({
      event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
      elapsedSeconds: z.number().nonnegative(),
      check,
      count: count.describe('Looked at in this check.'),
      bytes: count.describe('Read so far.'),
    }),
    z.object({ event: z.literal('finding').describe('Something is wrong.'), finding }),
    z.object({ event: z.literal('repaired').describe('Something was wrong.'), finding }),
    z.object({ event: z.literal('done').describe('The last line.'), report: verificationReport }),
    z.object({
      event: z.literal('failed').describe('The last line, when it failed half-way.'),
      problem: problemDocument,
    }),
  ]),
  reply: 'lines',
  recordedAs: { subject: 'verification', details: ['full', 'repair'] },
} as const satisfies Contract;
