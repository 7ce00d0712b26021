import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { rule } from '../rule.ts';

export type Token = z.output<typeof token>;

/** Without its secret, which nobody can tell any more. */
export const token = z.object({
  name: z.string(),
  user: z.string().nullable().describe('The user it acts for; a robot has none.'),
  scope: z
    .array(rule)
    .nullable()
    .describe('What it is limited to; `null` is all that its user may or, for a robot, only what is granted to it.'),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().describe('`null` is never.'),
  revokedAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().describe('A little behind.'),
});

const name = z.string().min(1).max(255);

export const listTokens = {
  method: 'GET',
  path: '/api/v1/tokens',
  ability: 'manage-tokens',
  description: 'Lists tokens without their secrets, revoked and expired ones too: who had one is worth knowing.',
  input: z.strictObject(pageInput),
  output: z.object({ tokens: z.array(token), next }),
} as const satisfies Contract;

export const createToken = {
  method: 'POST',
  path: '/api/v1/tokens',
  ability: 'manage-tokens',
  description: 'Creates a token: a password for a machine.',
  input: z.strictObject({
    name: name.describe('Letters, digits and `. _ @ + -`.'),
    user: name.optional().describe('The user it acts for, and never may more than. Without one it is a robot.'),
    scope: z.array(rule).min(1).max(100).optional().describe('It may only do this.'),
    expiresAt: z.iso.datetime().nullable().describe('`null` is never.'),
  }),
  output: z.object({ token, secret: z.string().describe('The password. It is told this once.') }),
  status: 201,
  problems: { 400: ['ACCOUNT_INVALID', 'PATTERN_INVALID'], 404: ['ACCOUNT_UNKNOWN'], 409: ['ACCOUNT_TAKEN'] },
} as const satisfies Contract;

export const revokeToken = {
  method: 'DELETE',
  path: '/api/v1/tokens/{name}',
  ability: 'manage-tokens',
  description: 'Revokes a token: it stops working at once. Its name is free again.',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
  problems: { 404: ['ACCOUNT_UNKNOWN'] },
} as const satisfies Contract;
