import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { rule } from '../rule.ts';

export type Quota = z.output<typeof quota>;
export type QuotaLimit = z.output<typeof limits>;

const count = z.int().min(0).nullable();

/** Bytes as a number, or as people write them. */
const bytes = z
  .union([z.int().min(0), z.string().regex(/^\d{1,15}(\.\d{1,3})? ?([kmgtp]i?b|b)?$/i)])
  .nullable()
  .describe('In bytes, or as `10GiB` (binary) or `10GB` (decimal). `null`: no limit.');

const limits = z.object({
  bytes: bytes.optional(),
  manifests: count.optional().describe('`null`: no limit.'),
  tags: count.optional().describe('`null`: no limit.'),
});

export const quota = z.object({
  id: z.int(),
  pattern: z.string(),
  limits: z
    .object({ bytes: count, manifests: count, tags: count })
    .describe('Of all its repositories together; `null`: no limit.'),
  used: z
    .object({ bytes: z.int(), manifests: z.int(), tags: z.int() })
    .describe(
      'What its repositories hold: each blob once for each repository that has it, and manifests. What is in the trash does not count.',
    ),
  percent: z.number().describe('Of the fullest kind.'),
  createdAt: z.iso.datetime(),
  createdBy: z.string().describe('Name of whoever made it.'),
});

const id = z.coerce.number().pipe(z.int().positive());

export const listQuotas = {
  method: 'GET',
  path: '/api/v1/quotas',
  ability: 'manage-quotas',
  description: 'Lists quotas with what is used of them, oldest first.',
  input: z.strictObject(pageInput),
  output: z.object({ quotas: z.array(quota), next }),
} as const satisfies Contract;

export const addQuota = {
  method: 'POST',
  path: '/api/v1/quotas',
  ability: 'manage-quotas',
  description:
    'Says how much the repositories of a pattern may hold together. What they hold already counts; nothing is deleted if that is more, and then nothing is taken until it is less.',
  input: z.strictObject({ pattern: rule.shape.pattern, ...limits.shape }),
  output: z.object({ quota }),
  status: 201,
} as const satisfies Contract;

export const changeQuota = {
  method: 'PUT',
  path: '/api/v1/quotas/{id}',
  ability: 'manage-quotas',
  description: 'Changes the limits that are named; the others stay. It holds for the next push.',
  input: z.strictObject({ id, ...limits.shape }),
  output: z.object({ quota }),
} as const satisfies Contract;

export const removeQuota = {
  method: 'DELETE',
  path: '/api/v1/quotas/{id}',
  ability: 'manage-quotas',
  description: 'Removes a quota. It holds for the next push.',
  input: z.strictObject({ id }),
  output: z.object({ quota }),
} as const satisfies Contract;
