import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { rule } from '../rule.ts';

export type Grantee = z.output<typeof grantee>;
export type Grant = z.output<typeof grant>;

const name = z.string().min(1).max(255);

export const grantee = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), name }),
  z.strictObject({ kind: z.literal('token'), name }),
  z.strictObject({ kind: z.literal('htpasswd').describe('Somebody of the htpasswd file, known by name only.'), name }),
  z.strictObject({ kind: z.literal('everybody').describe('With or without a credential.') }),
  z.strictObject({ kind: z.literal('signed-in').describe('Whoever has shown a credential.') }),
]);

export const grant = z.object({
  id: z.int(),
  to: grantee,
  ...rule.shape,
  createdAt: z.iso.datetime(),
});

export const listGrants = {
  method: 'GET',
  path: '/api/v1/grants',
  ability: 'manage-grants',
  description: 'Lists who may do what, oldest first. Administrators need no grants.',
  input: z.strictObject(pageInput),
  output: z.object({ grants: z.array(grant), next }),
} as const satisfies Contract;

export const addGrant = {
  method: 'POST',
  path: '/api/v1/grants',
  ability: 'manage-grants',
  description: 'Grants actions, besides those that were granted for the same pattern before.',
  input: z.strictObject({ to: grantee, ...rule.shape }),
  output: z.object({ grant }),
  status: 201,
  problems: { 400: ['ACCOUNT_INVALID', 'PATTERN_INVALID'], 404: ['ACCOUNT_UNKNOWN'] },
} as const satisfies Contract;

export const removeGrant = {
  method: 'DELETE',
  path: '/api/v1/grants/{id}',
  ability: 'manage-grants',
  description: 'Takes a grant away. It holds for the next request.',
  input: z.strictObject({ id: z.coerce.number().pipe(z.int().positive()) }),
  output: z.object({ id: z.int() }),
  problems: { 404: ['ACCOUNT_UNKNOWN'] },
} as const satisfies Contract;
