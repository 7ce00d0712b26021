import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { rule } from '../rule.ts';

export type Token = z.output<typeof token>;

/** Without its secret, which nobody can tell any more. */
export const token = z.object({
  name: z.string(),
  /** The user it acts for; a robot has none. */
  user: z.string().nullable(),
  /** What it is limited to; `null` is all that its user may or, for a robot, only what is granted to it. */
  scope: z.array(rule).nullable(),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  /** `null` is never. */
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  /** A little behind. */
  lastUsedAt: z.iso.datetime().nullable(),
});

const name = z.string().min(1).max(255);

/** Revoked and expired tokens too: who had one is worth knowing. */
export const listTokens = {
  method: 'GET',
  path: '/api/v1/tokens',
  ability: 'manage-tokens',
  input: z.strictObject({}),
  output: z.object({ tokens: z.array(token) }),
} as const satisfies Contract;

export const createToken = {
  method: 'POST',
  path: '/api/v1/tokens',
  ability: 'manage-tokens',
  input: z.strictObject({
    name,
    user: name.optional(),
    scope: z.array(rule).min(1).max(100).optional(),
    /** `null` is never. */
    expiresAt: z.iso.datetime().nullable(),
  }),
  output: z.object({ token, secret: z.string() }),
  status: 201,
} as const satisfies Contract;

/** It stops working at once. Its name is free again. */
export const revokeToken = {
  method: 'DELETE',
  path: '/api/v1/tokens/{name}',
  ability: 'manage-tokens',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
} as const satisfies Contract;
